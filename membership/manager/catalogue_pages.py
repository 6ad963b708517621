"""The owner's catalogue: products with their versions, new ones, and what is odd about prices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config import clock
from config.db import run_txn
from config.errors import Invalid, Refused
from config.pages import answer_form, fresh_form
from locations import guard, places
from locations.models import Location
from membership.catalogue import catalogue_edits, catalogue_view, ladder
from membership.catalogue.catalogue_view import PackPage, PlanPage
from membership.manager import catalogue_forms as forms
from membership.manager import catalogue_values
from membership.manager.prices_blueprint import actor, blueprint
from membership.rules.catalog import PACK_KINDS

LIST, PACK, PLAN = (
    "manage/catalogue.html",
    "manage/catalogue_pack.html",
    "manage/catalogue_plan.html",
)


@blueprint.get("/catalogue", endpoint="catalogue")
@guard.staff("see_catalog", at="any")
def catalogue_page() -> str:
    """What is sold, at which price where, and which prices hardly fit together."""
    seen, on = _places(), clock.now().date()
    packs, plans = catalogue_view.products([place.id for place in seen], on=on)
    return render_template(
        LIST,
        places=seen,
        packs=packs,
        plans=plans,
        odd=ladder.warnings_from(on),
        may_edit=_may_edit(),
    )


@blueprint.get("/catalogue/packs/new")
@guard.staff("edit_catalog", at="group")
def new_pack() -> str:
    """An empty form for a pack."""
    return render_template(PACK, form=fresh_form(roams="yes"), **_pack(None))


@blueprint.post("/catalogue/packs/new")
@guard.staff("edit_catalog", at="group")
def make_pack() -> Answer:
    """A pack with its first terms."""
    by, now = actor(), clock.now()
    try:
        given, terms = forms.read_pack(forms.PackForm, _places())
        version = run_txn(
            lambda: catalogue_edits.new_pack(
                code=given["product"],
                kind=given["kind"],
                name=given["name"],
                terms=terms,
                by=by,
                now=now,
            )
        )
    except (Invalid, Refused) as error:
        return answer_form(PACK, _named(error), **_pack(None))
    return _saved(address_of(".pack", pack_product_id=version.pack_id))


@blueprint.get("/catalogue/packs/<uuid:pack_product_id>", endpoint="pack")
@guard.staff("see_catalog", at="any")
def pack_page(pack_product_id: UUID) -> str:
    """A pack's versions; for an owner, a form that begins with the newest."""
    page = catalogue_view.pack_page(pack_product_id)
    form = fresh_form(**catalogue_values.pack_values(page, _places()))
    return render_template(PACK, form=form, **_pack(page))


@blueprint.post("/catalogue/packs/<uuid:pack_product_id>")
@guard.staff("edit_catalog", at="group")
def change_pack(pack_product_id: UUID) -> Answer:
    """New terms of a pack; who holds older ones keeps them."""
    page, by, now = catalogue_view.pack_page(pack_product_id), actor(), clock.now()
    try:
        _, terms = forms.read_pack(forms.PackVersionForm, _places())
        run_txn(lambda: catalogue_edits.change_pack(pack_product_id, terms, by=by, now=now))
    except (Invalid, Refused) as error:
        return answer_form(PACK, error, **_pack(page))
    return _saved(address_of(".pack", pack_product_id=pack_product_id))


@blueprint.get("/catalogue/plans/new")
@guard.staff("edit_catalog", at="group")
def new_plan() -> str:
    """An empty form for a plan."""
    usual = {"interval_count": "1", "interval_unit": "month", "roams": "yes"}
    usual |= {"rollover_cap": "0", "rollover_periods": "0", "commitment_periods": "0"}
    usual |= {"notice_days": "0", "hold_min_days": "7", "hold_max_days": "90"}
    return render_template(PLAN, form=fresh_form(**usual), **_plan(None))


@blueprint.post("/catalogue/plans/new")
@guard.staff("edit_catalog", at="group")
def make_plan() -> Answer:
    """A plan with its first terms."""
    by, now = actor(), clock.now()
    try:
        given, terms = forms.read_plan(forms.PlanForm, _places())
        version = run_txn(
            lambda: catalogue_edits.new_plan(
                code=given["product"],
                name=given["name"],
                tier=given["tier"],
                terms=terms,
                by=by,
                now=now,
            )
        )
    except (Invalid, Refused) as error:
        return answer_form(PLAN, _named(error), **_plan(None))
    return _saved(address_of(".plan", plan_product_id=version.plan_id))


@blueprint.get("/catalogue/plans/<uuid:plan_product_id>", endpoint="plan")
@guard.staff("see_catalog", at="any")
def plan_page(plan_product_id: UUID) -> str:
    """A plan's versions; for an owner, a form that begins with the newest."""
    page = catalogue_view.plan_page(plan_product_id)
    form = fresh_form(**catalogue_values.plan_values(page, _places()))
    return render_template(PLAN, form=form, **_plan(page))


@blueprint.post("/catalogue/plans/<uuid:plan_product_id>")
@guard.staff("edit_catalog", at="group")
def change_plan(plan_product_id: UUID) -> Answer:
    """New terms of a plan for new members; holders are raised by a price rise alone."""
    page, by, now = catalogue_view.plan_page(plan_product_id), actor(), clock.now()
    try:
        _, terms = forms.read_plan(forms.PlanVersionForm, _places())
        run_txn(lambda: catalogue_edits.change_plan(plan_product_id, terms, by=by, now=now))
    except (Invalid, Refused) as error:
        return answer_form(PLAN, error, **_plan(page))
    return _saved(address_of(".plan", plan_product_id=plan_product_id))


def _places() -> list[Location]:
    return places.open_ones()


def _may_edit() -> bool:
    return guard.reach_of("edit_catalog").everywhere


def _pack(page: PackPage | None) -> dict[str, Any]:
    here = address_of(".pack", pack_product_id=page.pack.id) if page else address_of(".make_pack")
    kinds = [(kind, kind.replace("_", "-").capitalize()) for kind in PACK_KINDS]
    return _shown(page, here) | {"kinds": kinds}


def _plan(page: PlanPage | None) -> dict[str, Any]:
    here = address_of(".plan", plan_product_id=page.plan.id) if page else address_of(".make_plan")
    return _shown(page, here)


def _shown(page: PackPage | PlanPage | None, action: str) -> dict[str, Any]:
    return {"page": page, "places": _places(), "action": action, "may_edit": _may_edit()}


def _saved(address: str) -> Answer:
    """Saved whatever the ladder says; it only warns."""
    flash("Saved. Who holds older terms keeps them.", "success")
    for odd in ladder.warnings_from(clock.now().date()):
        flash(f"{odd.place_name} from {odd.since.isoformat()}: {odd.text}", "warning")
    return redirect(address, 303)


def _named(error: Invalid | Refused) -> Invalid | Refused:
    """The code is typed in a field of another name."""
    if isinstance(error, Refused):
        return error
    fields = [
        type(p)("/product", p.message, p.code) if p.field == "/code" else p for p in error.fields
    ]
    return Invalid(error.message, fields=fields)
