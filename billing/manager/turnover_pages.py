"""What nobody claimed for years: paid to the state and written down, or taken back."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import flash, redirect, render_template, request
from flask import url_for as address_of
from marshmallow import fields
from werkzeug.wrappers import Response as Answer

from billing.manager.blueprint import actor, blueprint
from billing.turnovers import turning_over
from billing.turnovers.claims import Claim
from config import clock
from config.db import run_txn
from config.errors import Invalid, Refused
from config.fields import BizDate, SafeStr, Slug
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, places, turnovers
from locations.amounts import typed_cents
from locations.models import Location
from locations.months_asked import one_of_mine

PAGE, ACT = "manage/turn_over.html", "turn_over"
# What fits a page to choose from; the rest comes up once these are turned over.
MOST = 200
KINDS = {
    "expired": "Expired sessions",
    "gift_card": "Gift card",
    "account_credit": "Account credit",
}


class Looked(Input):
    """Which studio's claims are looked at; the first with any where none is named."""

    location = Slug()


class Paid(Input):
    """What was dormant at a studio on a day: which claims (all of them where none is chosen), how
    much left the bank, and its word for it.
    """

    location = Slug(required=True)
    claim = fields.List(SafeStr(most=60))
    amount = SafeStr(most=14, required=True)
    on = BizDate(required=True)
    reference = SafeStr(most=60, required=True)


class TakenBack(Input):
    """Which act was a mistake, and why."""

    location = Slug(required=True)
    reference = SafeStr(most=60, required=True)
    reason = SafeStr(most=200, required=True)


@blueprint.get("/manage/turn-over")
@guard.staff(ACT, at="any")
def turn_over() -> str:
    """What is to be turned over today, whose it is, what was, and a form for each."""
    slug = read_form(Looked, request.args).get("location", "")
    return render_template(PAGE, form=fresh_form(), **_context(slug))


@blueprint.post("/manage/turn-over")
@guard.staff(ACT, at="any")
def turn_over_now() -> Answer:
    """Write down that it was paid to the state."""
    by, now = actor(), clock.now()
    try:
        given = read_form(Paid, request.form)
        place = one_of_mine(given["location"], guard.books_for(ACT))
        cents = typed_cents(given["amount"], currency=place.currency, field="amount")
        run_txn(
            lambda: turning_over.turn_over(
                place.id,
                chosen=given.get("claim", []),
                amount_cents=cents,
                on=given["on"],
                reference=given["reference"],
                by=by,
                now=now,
            )
        )
    except (Invalid, Refused) as error:
        return answer_form(PAGE, error, **_context(request.form.get("location", "")))
    return _done()


@blueprint.post("/manage/turn-over/undo")
@guard.staff(ACT, at="any")
def undo_turn_over() -> Answer:
    """Take an act back by its opposite."""
    by, now = actor(), clock.now()
    try:
        given = read_form(TakenBack, request.form)
        place = one_of_mine(given["location"], guard.books_for(ACT))
        run_txn(
            lambda: turning_over.undo(
                place.id,
                reference=given["reference"],
                reason=given["reason"],
                by=by,
                now=now,
            )
        )
    except (Invalid, Refused) as error:
        return answer_form(PAGE, error, **_context(""))
    return _done()


def _done() -> Answer:
    flash("Written into the books.", "success")
    return redirect(address_of(".turn_over"), 303)


def _context(slug: str) -> dict[str, Any]:
    mine = guard.books_for(ACT)
    claims = {place.id: _dormant(place) for place in mine}
    with_any = [place for place in mine if claims[place.id]]
    shown = next((place for place in with_any if place.slug == slug), next(iter(with_any), None))
    done = [(place, one) for place in mine for one in turnovers.by_reference(place.id)]
    return {
        "waiting": [one for place in with_any for one in _sums(place, claims[place.id])],
        "place": shown,
        "claims": claims[shown.id][:MOST] if shown else [],
        "more": max(0, len(claims[shown.id]) - MOST) if shown else 0,
        "kinds": KINDS,
        "done": done,
        "places": [place for place in mine if any(place is other for other, _ in done)],
        "action": address_of(".turn_over_now"),
        "undo_action": address_of(".undo_turn_over"),
        "report_url": address_of("manager.unclaimed"),
    }


def _dormant(place: Location) -> list[Claim]:
    return turning_over.dormant(place, on=places.business_date(place, clock.now()))


def _sums(place: Location, claims: list[Claim]) -> list[dict[str, Any]]:
    """What is dormant at a studio by kind: how many, how much, and since when the oldest lies."""
    cents, counts = Counter[str](), Counter(claim.kind for claim in claims)
    for claim in claims:
        cents[claim.kind] += claim.amount_cents
    return [
        {
            "place": place,
            "what": words,
            "count": counts[kind],
            "since": min(claim.since for claim in claims if claim.kind == kind),
            "cents": cents[kind],
            "url": address_of(".turn_over", location=place.slug),
        }
        for kind, words in KINDS.items()
        if counts[kind]
    ]
