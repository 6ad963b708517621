"""Payouts with their make-up, what lies at Stripe, and where Stripe and the books differ."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response as Answer

from billing import accounts
from billing.manager.blueprint import actor, blueprint
from billing.payments.collect import collecting
from billing.reconciling import balance, break_report, breaks, payout_report, unpaid_out
from billing.reconciling.break_report import Shown
from billing.reconciling.payout_report import Part
from config import clock, downloads
from config.db import run_txn
from config.errors import Invalid, NotFound
from config.fields import Id, SafeStr, Slug
from config.inputs import Input, read_form
from config.pages import fresh_form
from locations import guard, months_asked, tables
from locations.months_asked import Asked
from locations.tables import Table

PAYOUTS, BREAKS, PLACES = "see_payouts", "see_breaks", "settle_locations"


class Explanation(Input):
    """Which break, what to do about it, and what was found."""

    break_id = Id(required=True)
    act = fields.String(required=True, validate=validate.OneOf(("take", "note", "resolve")))
    note = SafeStr(most=300)


class Placing(Input):
    """Which break's movement, and at which studio it belongs."""

    break_id = Id(required=True)
    location = Slug(required=True)


@blueprint.get("/manage/payouts")
@guard.staff(PAYOUTS, at="any")
def payouts() -> str:
    """Every payout, part by part, and what is still at Stripe."""
    mine = guard.books_for(PAYOUTS)
    asked = months_asked.read(mine, months=1)
    query = _query(asked)
    names = {place.id: place.name for place in asked.chosen}
    found = accounts.in_use(collecting().gateway)
    return render_template(
        "manage/payouts.html",
        parts=_parts(asked),
        places=mine,
        query=query,
        form=fresh_form(),
        standings=[
            (names[one.location_id], one)
            for account in found
            for one in unpaid_out.by_location(account)
            if one.location_id in names
        ],
        csv_url=url_for(".payouts_csv", **query),
        json_url=url_for(".payouts_json", **query),
    )


@blueprint.get("/manage/payouts.csv")
@guard.staff(PAYOUTS, at="any")
def payouts_csv() -> Response:
    """The same for a spreadsheet."""
    return _csv(_payouts(), "payouts.csv")


@blueprint.get("/manage/payouts.json")
@guard.staff(PAYOUTS, at="any")
def payouts_json() -> Response:
    """The same for a program, in minor units."""
    return downloads.document(tables.as_json(_payouts()))


@blueprint.get("/manage/breaks")
@guard.staff(BREAKS, at="any")
def breaks_page() -> str:
    """Where Stripe and the books differ, oldest first."""
    return render_template(
        "manage/breaks.html",
        found=_breaks(),
        places=guard.books_for(PLACES),
        explain_url=url_for(".explain_break"),
        place_url=url_for(".place_break"),
        csv_url=url_for(".breaks_csv"),
        json_url=url_for(".breaks_json"),
    )


@blueprint.get("/manage/breaks.csv")
@guard.staff(BREAKS, at="any")
def breaks_csv() -> Response:
    """The same for a spreadsheet."""
    return _csv(break_report.as_table(_breaks()), "breaks.csv")


@blueprint.get("/manage/breaks.json")
@guard.staff(BREAKS, at="any")
def breaks_json() -> Response:
    """The same for a program, in minor units."""
    return downloads.document(tables.as_json(break_report.as_table(_breaks())))


@blueprint.post("/manage/breaks")
@guard.staff(BREAKS, at="any")
def explain_break() -> Answer:
    """Look after a break, write down what is known of it, or explain it away."""
    given = read_form(Explanation, request.form)
    break_id: UUID = given["break_id"]
    if not guard.reach_of(BREAKS).covers(breaks.get_open(break_id).location_id):
        raise NotFound("break")
    try:
        flash(_explained(break_id, given["act"], given.get("note", "")), "success")
    except Invalid as wrong:
        flash(wrong.fields[0].message if wrong.fields else wrong.message, "error")
    return redirect(url_for(".breaks_page"), 303)


@blueprint.post("/manage/breaks/place")
@guard.staff(PLACES, at="group")
def place_break() -> Answer:
    """Say which studio bears a movement that Stripe's balance alone tells of."""
    given = read_form(Placing, request.form)
    stripe_id = breaks.get_open(given["break_id"]).subject_key
    home = months_asked.one_of_mine(given["location"], guard.books_for(PLACES))
    run_txn(lambda: balance.place_by_hand(stripe_id, location_id=home.id))
    flash(f"It goes into the books of {home.name} at the next look.", "success")
    return redirect(url_for(".breaks_page"), 303)


def _explained(break_id: UUID, act: str, text: str) -> str:
    by, now = actor(), clock.now()
    if act == "take":
        run_txn(lambda: breaks.take(break_id, by=by, now=now))
        return "It is yours to look after."
    if act == "note":
        run_txn(lambda: breaks.note(break_id, text=text, by=by, now=now))
        return "Written down."
    run_txn(lambda: breaks.resolve(break_id, text=text, by=by, now=now))
    return "Explained. It comes back only with other figures."


def _payouts() -> Table:
    asked = months_asked.read(guard.books_for(PAYOUTS), months=1)
    return payout_report.as_table(_parts(asked))


def _parts(asked: Asked) -> list[Part]:
    placeless = "without" if request.args.get("location") else _placeless(PAYOUTS)
    first, last = asked.first, asked.last
    return payout_report.parts(asked.chosen, first=first, last=last, placeless=placeless)


def _query(asked: Asked) -> dict[str, Any]:
    months = {"from": f"{asked.first:%Y-%m}", "to": f"{asked.last:%Y-%m}"}
    return {"location": request.args.get("location", ""), **months}


def _breaks() -> list[Shown]:
    mine = guard.books_for(BREAKS)
    return break_report.open_ones(mine, placeless=_placeless(BREAKS), now=clock.now())


def _placeless(act: str) -> str:
    """What belongs to no studio is the whole group's to see."""
    return "with" if guard.reach_of(act).everywhere else "without"


def _csv(table: Table, name: str) -> Response:
    return downloads.spreadsheet(tables.as_csv(table), name=name)
