"""Promotion codes: what there are and what they brought; an owner makes and ends them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response as Answer
from flask import flash, redirect, render_template, request, url_for
from marshmallow import validate
from werkzeug.wrappers import Response

from billing.manager.blueprint import actor, blueprint
from billing.sales import promo_list, promo_report
from billing.sales.promo_list import NewCode
from config import clock, downloads
from config.db import run_txn
from config.errors import Invalid, NotFound, Refused, invalid_field
from config.fields import BizDate, LongText, SafeStr, Slug, TextInt
from config.inputs import Input, read_form
from config.pages import FormState, answer_form, fresh_form
from locations import guard, months_asked, places, tables
from locations.models import Location
from membership.catalogue.group_fields import Amount, Percent
from membership.models.promos import PROMO_SCOPES
from membership.rules.price_list import cents_of

SCOPES = (("all", "Packs and plans"), ("packs", "Packs"), ("plans", "Plans"))
SEE, EDIT = "see_promos", "edit_promos"
PAGE, NEW = "manage/promos.html", "manage/promo_new.html"


class Wanted(Input):
    """What a code shall be; `how` says whether to look at it or to make it."""

    promo = SafeStr(required=True, most=30)
    name = SafeStr(required=True, most=80)
    amount = Amount()
    percent = Percent()
    scope = SafeStr(required=True, validate=validate.OneOf(PROMO_SCOPES))
    periods = TextInt(low=1, high=promo_list.MOST_PERIODS)
    location = Slug()
    products = SafeStr(most=400)
    group_name = SafeStr(most=80)
    group = LongText(most=100_000)
    valid_from = BizDate(required=True)
    valid_until = BizDate()
    max_uses = TextInt(low=1, high=1_000_000)
    how = SafeStr(required=True, validate=validate.OneOf(("look", "make")))


@blueprint.get("/manage/promos")
@guard.staff(SEE, at="any")
def promo_codes() -> str:
    """All of them, the newest first."""
    on = places.business_date(_place(SEE), clock.now())
    return render_template(
        PAGE,
        table=promo_report.table(_place(SEE).currency),
        drill=tables.drill,
        running=[
            (one.row, url_for(".end_promo", promo_id=one.row.id))
            for one in promo_list.listed()
            if one.row.valid_until is None or one.row.valid_until >= on
        ],
        new_url=url_for(".new_promo") if guard.places_for(EDIT) else None,
        csv_url=url_for(".promos_csv"),
        json_url=url_for(".promos_json"),
    )


@blueprint.get("/manage/promos.csv")
@guard.staff(SEE, at="any")
def promos_csv() -> Answer:
    """The same for a spreadsheet."""
    text = tables.as_csv(promo_report.table(_place(SEE).currency))
    return downloads.spreadsheet(text, name="promotion-codes.csv")


@blueprint.get("/manage/promos.json")
@guard.staff(SEE, at="any")
def promos_json() -> Answer:
    """The same for a program, in minor units."""
    return downloads.document(tables.as_json(promo_report.table(_place(SEE).currency)))


@blueprint.get("/manage/promos/new")
@guard.staff(EDIT, at="any")
def new_promo() -> str:
    """What it shall be."""
    today = places.business_date(_place(EDIT), clock.now())
    form = fresh_form(valid_from=today.isoformat())
    return render_template(NEW, form=form, **_context())


@blueprint.post("/manage/promos/new")
@guard.staff(EDIT, at="any")
def make_promo() -> Response | str:
    """What it makes of the prices; then, made."""
    now = clock.now()
    try:
        given = read_form(Wanted, request.form)
        new = _new(given)
        if given["how"] == "look":
            code = promo_list.proposed(new, now=now)
            shown = promo_report.examples(code, _named(given), now=now)
            form = FormState(request.form.to_dict())
            return render_template(NEW, form=form, **_context(examples=shown))
        run_txn(lambda: promo_list.create(new, by=actor(), now=now))
    except (Invalid, Refused) as error:
        return answer_form(NEW, error, **_context())
    flash("The code is made.", "success")
    return redirect(url_for(".promo_codes"), 303)


@blueprint.post("/manage/promos/<uuid:promo_id>/end")
@guard.staff(EDIT, at="any")
def end_promo(promo_id: UUID) -> Response:
    """No more sales with it, from now on."""
    now = clock.now()
    on = places.business_date(_place(EDIT), now)
    run_txn(lambda: promo_list.end(promo_id, on=on, by=actor(), now=now))
    flash("The code is ended. What was sold with it keeps its price.", "success")
    return redirect(url_for(".promo_codes"), 303)


def _new(given: Mapping[str, Any]) -> NewCode:
    place = _named(given)
    amount = given.get("amount")
    try:
        cents = None if amount is None else cents_of(amount, place.currency)
    except ValueError as error:
        raise invalid_field("/amount", f"{error}.") from None
    group = tuple(re.split(r"[\s,;]+", given["group"].strip())) if given.get("group") else ()
    return NewCode(
        code=given["promo"],
        name=given["name"],
        amount_cents=cents,
        percent_ppm=given.get("percent"),
        currency=None if amount is None else place.currency,
        periods=given.get("periods", 1),
        scope=given["scope"],
        products=tuple(given.get("products", "").upper().replace(",", " ").split()),
        group_name=given.get("group_name"),
        group=group,
        location_id=place.id if given.get("location") else None,
        valid_from=given["valid_from"],
        valid_until=given.get("valid_until"),
        max_uses=given.get("max_uses"),
    )


def _named(given: Mapping[str, Any]) -> Location:
    slug = given.get("location")
    return months_asked.one_of_mine(slug, guard.places_for(EDIT)) if slug else _place(EDIT)


def _place(act: str) -> Location:
    mine = guard.places_for(act)
    if not mine:
        raise NotFound("location")
    return mine[0]


def _context(**more: Any) -> dict[str, Any]:
    return {
        "scopes": SCOPES,
        "places": guard.places_for(EDIT),
        "currency": _place(EDIT).currency,
        "action": url_for(".make_promo"),
        "back_url": url_for(".promo_codes"),
        "examples": (),
    } | more
