"""Money owed back: what is overdue, what waits for a hand, and requests to decide."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response as Answer

from billing.manager.blueprint import actor, blueprint
from billing.refunds import (
    promises,
    refund_list,
    refund_request_list,
    refund_requests,
    refunds_by_hand,
)
from billing.refunds.refund_list import OwedBack
from config import clock, downloads
from config.db import run_txn
from config.errors import Refused
from config.fields import Id, Slug
from config.formats import money
from config.inputs import Input, read_form
from locations import guard, months_asked, tables

ACT = "refund"
WAYS = ("card", "cash", "terminal", "gift_card", "account_credit")


class Decision(Input):
    """Which request, and what becomes of it."""

    request_id = Id(required=True)
    decision = fields.String(required=True, validate=validate.OneOf(("grant", "refuse")))


class ByHand(Input):
    """Which promise, how it is kept, and at which studio it is handed out."""

    promise_id = Id(required=True)
    way = fields.String(required=True, validate=validate.OneOf(WAYS))
    location = Slug()


@blueprint.get("/manage/refunds")
@guard.staff(ACT, at="any")
def refunds() -> str:
    """What is owed back, by when, how far it is; and what somebody asks for."""
    mine = guard.places_for(ACT)
    return render_template(
        "manage/refunds.html",
        found=_mine(),
        requests=refund_request_list.asked(refund_requests.waiting([place.id for place in mine])),
        places=mine,
        decide_url=url_for(".decide_refund"),
        hand_url=url_for(".refund_by_hand"),
        csv_url=url_for(".refunds_csv"),
        json_url=url_for(".refunds_json"),
    )


@blueprint.get("/manage/refunds.csv")
@guard.staff(ACT, at="any")
def refunds_csv() -> Response:
    """The same for a spreadsheet."""
    return downloads.spreadsheet(tables.as_csv(refund_list.as_table(_mine())), name="refunds.csv")


@blueprint.get("/manage/refunds.json")
@guard.staff(ACT, at="any")
def refunds_json() -> Response:
    """The same for a program, in minor units."""
    return downloads.document(tables.as_json(refund_list.as_table(_mine())))


@blueprint.post("/manage/refunds/decide")
@guard.staff(ACT, at="any")
def decide_refund() -> Answer:
    """Grant a request as it was shown to who asked, or refuse it."""
    given = read_form(Decision, request.form)
    request_id: UUID = given["request_id"]
    guard.require(ACT, refund_requests.location_of(request_id))
    try:
        flash(_decided(request_id, given["decision"]), "success")
    except Refused as refused:
        flash(refused.message, "error")
    return redirect(url_for(".refunds"), 303)


@blueprint.post("/manage/refunds/by-hand")
@guard.staff(ACT, at="any")
def refund_by_hand() -> Answer:
    """Keep a promise in cash, by the terminal or as credit; or let the card be asked again."""
    given = read_form(ByHand, request.form)
    charge_id: UUID = given["promise_id"]
    guard.require(ACT, promises.charge_of(charge_id).location_id)
    try:
        flash(_kept(charge_id, given["way"], given.get("location", "")), "success")
    except Refused as refused:
        flash(refused.message, "error")
    return redirect(url_for(".refunds"), 303)


def _decided(request_id: UUID, decision: str) -> str:
    by, now, grants = actor(), clock.now(), guard.current_grants()
    if decision == "refuse":
        run_txn(lambda: refund_requests.refuse(request_id, by=by, now=now))
        return "Refused; nothing goes back."
    found = run_txn(lambda: refund_requests.grant(request_id, grants=grants, by=by, now=now))
    return f"Granted. {money(found.refund_cents, found.currency)} goes back."


def _kept(charge_id: UUID, way: str, slug: str) -> str:
    by, now = actor(), clock.now()
    if way == "card":
        cents = run_txn(lambda: refunds_by_hand.try_card_again(charge_id, now=now))
        return "The card is asked again." if cents else "No card can take it."
    charge = promises.charge_of(charge_id)
    at = charge.location_id
    if slug:
        at = months_asked.one_of_mine(slug, guard.places_for(ACT)).id
    done = run_txn(
        lambda: refunds_by_hand.keep_all(
            charge_id,
            tender=way,  # type: ignore[arg-type]  # the schema keeps it known
            paid_at=at,
            by=by,
            now=now,
        )
    )
    return f"{money(done, charge.currency)} was given back."


def _mine() -> list[OwedBack]:
    mine = [place.id for place in guard.places_for(ACT)]
    return refund_list.owed_back(mine, now=clock.now())
