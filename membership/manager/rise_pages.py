"""Price rises: a draft with its money, then the button that tells every holder."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config import clock
from config.db import run_txn
from config.errors import Invalid, NotFound, Refused, invalid_field
from config.fields import BizDate, Id, SafeStr, Slug
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, places
from locations.models import Location
from locations.months_asked import one_of_mine
from membership.catalogue import catalogue_view
from membership.catalogue.group_fields import Amount
from membership.manager.prices_blueprint import actor, blueprint
from membership.models import PriceRise
from membership.price_rises import price_rise_preview, price_rise_rows, price_rises
from membership.rules.price_list import cents_of
from membership.rules.price_rises import CODES

LIST, NEW, ONE = "manage/rises.html", "manage/rise_new.html", "manage/rise.html"


class DraftForm(Input):
    """A rise to look at; without a price it is the one of the newest version."""

    plan = Id(required=True)
    location = Slug(required=True)
    price = Amount(load_default=None)
    effective_from = BizDate(required=True)
    reason = SafeStr(most=200, required=True)


@blueprint.get("/rises", endpoint="rises")
@guard.staff("see_revenue", at="any")
def rises_page() -> str:
    """Every rise at the locations of whoever looks, newest first."""
    seen = {place.id: place for place in guard.places_for("see_revenue")}
    found = price_rise_rows.all_of(list(seen))
    rows = [(rise, name, seen[rise.location_id]) for rise, name in found]
    return render_template(LIST, rises=rows, may_raise=_may_raise())


@blueprint.get("/rises/new")
@guard.staff("raise_prices", at="group")
def new_rise() -> str:
    """Which plan, where, how much, from when."""
    return render_template(NEW, form=fresh_form(), **_choices())


@blueprint.post("/rises/new")
@guard.staff("raise_prices", at="group")
def draft_rise() -> Answer:
    """A draft: nobody hears of it before the button on its own page."""
    by, now = actor(), clock.now()
    try:
        given = read_form(DraftForm, request.form)
        place = one_of_mine(given["location"], guard.places_for("raise_prices"))
        cents = None if given["price"] is None else _cents(given["price"], place)
        rise = run_txn(
            lambda: price_rises.draft(
                plan_id=given["plan"],
                location_id=place.id,
                price_cents=cents,
                effective_from=given["effective_from"],
                reason=given["reason"],
                by=by,
                on=places.business_date(place, now),
                now=now,
            )
        )
    except (Invalid, Refused) as error:
        return answer_form(NEW, error, **_choices())
    except NotFound:
        missing = invalid_field("/plan", "This plan is not sold there on that day.")
        return answer_form(NEW, missing, **_choices())
    return redirect(address_of(".rise", rise_id=rise.id), 303)


@blueprint.get("/rises/<uuid:rise_id>", endpoint="rise")
@guard.staff("see_revenue", at="any")
def rise_page(rise_id: UUID) -> str:
    """A draft with what it would bring, or what became of every holder."""
    rise = _seen(rise_id)
    return render_template(ONE, form=fresh_form(), **_shown(rise))


@blueprint.post("/rises/<uuid:rise_id>/announce")
@guard.staff("raise_prices", at="group")
def announce_rise(rise_id: UUID) -> Answer:
    """The button: every holder's notices are planned."""
    rise, by, now = _seen(rise_id), actor(), clock.now()
    on = places.business_date(places.get(rise.location_id), now)
    try:
        run_txn(lambda: price_rises.announce(rise_id, by=by, on=on, now=now))
    except (Invalid, Refused) as error:
        return answer_form(ONE, error, **_shown(_seen(rise_id)))
    flash("Announced. Every holder is told before the new price begins.", "success")
    return redirect(address_of(".rise", rise_id=rise_id), 303)


@blueprint.post("/rises/<uuid:rise_id>/call-off")
@guard.staff("raise_prices", at="group")
def call_off_rise(rise_id: UUID) -> Answer:
    """Nobody is raised any more."""
    _seen(rise_id)
    by, now = actor(), clock.now()
    run_txn(lambda: price_rises.call_off(rise_id, by=by, now=now))
    flash("Called off. Whoever was told hears that the price stays.", "success")
    return redirect(address_of(".rise", rise_id=rise_id), 303)


def _seen(rise_id: UUID) -> PriceRise:
    """A rise at a location of whoever looks; any other is missing."""
    rise = price_rise_rows.get(rise_id)
    guard.require("see_revenue", rise.location_id)
    return rise


def _shown(rise: PriceRise) -> dict[str, Any]:
    location = places.get(rise.location_id)
    on = places.business_date(location, clock.now())
    preview = price_rise_preview.preview(rise, on=on) if rise.state == "draft" else None
    return {
        "rise": rise,
        "plan_name": catalogue_view.plan_page(rise.plan_id).plan.name,
        "place": location,
        "preview": preview,
        "outcomes": [] if preview else price_rise_rows.outcomes(rise.id),
        "codes": CODES,
        "may_raise": _may_raise(),
    }


def _choices() -> dict[str, Any]:
    here = guard.places_for("raise_prices")
    on = clock.now().date()
    _, plans = catalogue_view.products([place.id for place in here], on=on)
    return {"plans": [(plan.id, plan.name) for plan in plans], "places": here}


def _may_raise() -> bool:
    return guard.reach_of("raise_prices").everywhere


def _cents(amount: Any, place: Location) -> int:
    try:
        return cents_of(amount, place.currency)
    except ValueError as error:
        raise invalid_field("/price", f"{error}.") from None
