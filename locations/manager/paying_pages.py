"""Writing down what was paid to others: taxes to a state, and one studio to another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config import clock
from config.audit import Actor
from config.db import transaction
from config.errors import Invalid, Refused
from config.fields import BizDate, Id, SafeStr, Slug
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, sales_tax, settlements
from locations.amounts import typed_cents
from locations.manager.blueprint import blueprint
from locations.models import Location
from locations.months_asked import one_of_mine
from locations.paid_out import Paid

REMIT, SETTLE = "manage/remit.html", "manage/settle.html"


class PaidInput(Input):
    """Money that left a studio's bank: how much, when, and the bank's word for it."""

    location = Slug(required=True)
    amount = SafeStr(most=14, required=True)
    on = BizDate(required=True)
    reference = SafeStr(most=60, required=True)
    key = Id(required=True)


class Remitted(PaidInput):
    """Tax of one rate."""

    tax = SafeStr(most=60, required=True)


class Settled(PaidInput):
    """To another studio."""

    to = Slug(required=True)


@blueprint.get("/remit", endpoint="remit")
@guard.staff("remit_tax", at="any")
def remit_page() -> str:
    """What is owed to the states, and a form for what was paid."""
    return render_template(REMIT, form=fresh_form(), **_owed_tax(guard.books_for("remit_tax")))


@blueprint.post("/remit", endpoint="remit_now")
@guard.staff("remit_tax", at="any")
def remit_now() -> Answer:
    """Write down that tax was paid."""
    mine = guard.books_for("remit_tax")
    try:
        given = read_form(Remitted, request.form)
        place = one_of_mine(given["location"], mine)
        paid = _paid(given, place)
        with transaction():
            sales_tax.remit(place.id, tax_name=given["tax"], paid=paid, now=clock.now())
    except (Invalid, Refused) as error:
        return answer_form(REMIT, error, **_owed_tax(mine))
    flash("Written into the books.", "success")
    return redirect(address_of("manager.remit"), 303)


@blueprint.get("/settle", endpoint="settle")
@guard.staff("settle_locations", at="any")
def settle_page() -> str:
    """What studios owe each other, and a form for what was paid."""
    return render_template(SETTLE, form=fresh_form(), **_open(guard.books_for("settle_locations")))


@blueprint.post("/settle", endpoint="settle_now")
@guard.staff("settle_locations", at="any")
def settle_now() -> Answer:
    """Write down that one studio paid another."""
    mine = guard.books_for("settle_locations")
    try:
        given = read_form(Settled, request.form)
        debtor, creditor = one_of_mine(given["location"], mine), one_of_mine(given["to"], mine)
        paid = _paid(given, debtor)
        with transaction():
            settlements.pay(debtor.id, creditor_id=creditor.id, paid=paid, now=clock.now())
    except (Invalid, Refused) as error:
        return answer_form(SETTLE, error, **_open(mine))
    flash("Written into the books.", "success")
    return redirect(address_of("manager.settle"), 303)


def _owed_tax(mine: list[Location]) -> dict[str, Any]:
    owed = [
        (place, name, cents)
        for place in mine
        for name, cents in sales_tax.owed_by_rate(place.id).items()
    ]
    taxes = list(dict.fromkeys(name for _, name, _ in owed))
    return {
        "owed": owed,
        "owing": list({place.id: place for place, _, _ in owed}.values()),
        "taxes": [(name, name) for name in taxes],
        "action": address_of("manager.remit_now"),
    }


def _open(mine: list[Location]) -> dict[str, Any]:
    by_id: dict[UUID, Location] = {place.id: place for place in mine}
    owed = [
        (by_id[debtor], by_id[creditor], cents)
        for (debtor, creditor), cents in settlements.owed_by(list(by_id)).items()
        if creditor in by_id
    ]
    owed.sort(key=lambda one: (one[0].name, one[1].name))
    owing = {place.id: place for pair in owed for place in pair[:2]}
    return {
        "owed": owed,
        "owing": sorted(owing.values(), key=lambda place: place.name),
        "action": address_of("manager.settle_now"),
    }


def _paid(given: dict[str, Any], payer: Location) -> Paid:
    account = guard.current_account()
    return Paid(
        key=given["key"],
        amount_cents=typed_cents(given["amount"], currency=payer.currency, field="amount"),
        on=given["on"],
        reference=given["reference"],
        by=Actor(account.id, account.name),
    )
