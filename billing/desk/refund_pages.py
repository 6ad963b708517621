"""Giving money back at the desk: which invoice, how much, the sum with its tax, then the button.

Who may give it back does; who may not, or not so much, asks.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from billing import limits
from billing.desk.blueprint import actor, address, back, blueprint
from billing.desk.paying import amount
from billing.models import Invoice
from billing.refunds import refund_grants, refund_requests, refund_terms, refund_ways, refundable
from billing.refunds.refund_grants import Wish
from billing.refunds.refund_terms import HOWS, TOS, Terms
from billing.refunds.refunds_owed import Quote
from config import clock
from config.db import run_txn
from config.errors import Invalid, Refused
from config.fields import Id, SafeStr, TextInt
from config.formats import day, money
from config.ids import new_id
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, places
from locations.rules.permissions import allows
from membership.catalogue.group_fields import Amount
from membership.front_desk import desk_member
from membership.front_desk.desk_member import KEPT, AtDesk

ACT = "ask_refund"
FORM = "desk/refund.html"


class Wanted(Input):
    """What goes back and where to; the last three are of the page that showed the sum."""

    how = fields.String(required=True, validate=validate.OneOf(tuple(HOWS)))
    to = fields.String(required=True, validate=validate.OneOf(tuple(TOS)))
    line = fields.List(TextInt(low=1, high=1000))
    amount = Amount()
    reason = SafeStr(most=200, least=3, required=True)
    expected = TextInt(low=1)
    key = Id()
    sure = SafeStr(most=3)


@blueprint.get("/members/<uuid:member_id>/refund")
@guard.staff(ACT, at="any")
def refund(member_id: UUID) -> str:
    """The member's paid invoices, the newest first."""
    seen = desk_member.seen(member_id, ACT)
    return render_template(
        "desk/refund_choose.html",
        seen=seen,
        found=refundable.invoices_of(member_id, location_ids=_mine()),
        url=lambda invoice_id: address(seen, "refund", str(invoice_id)),
        back_url=address(seen),
    )


@blueprint.get("/members/<uuid:member_id>/refund/<uuid:invoice_id>")
@guard.staff(ACT, at="any")
def refund_of(member_id: UUID, invoice_id: UUID) -> str:
    """What of one invoice can go back, and how."""
    seen = desk_member.seen(member_id, ACT)
    invoice = refundable.one_of(invoice_id, member_id=member_id, location_ids=_mine())
    return render_template(FORM, form=fresh_form(), quote=None, **_context(seen, invoice))


@blueprint.post("/members/<uuid:member_id>/refund/<uuid:invoice_id>")
@guard.staff(ACT, at="any")
def refund_now(member_id: UUID, invoice_id: UUID) -> Response | str:
    """Show the sum; sent again with the button of that page, give it back or ask for it."""
    seen = desk_member.seen(member_id, ACT)
    invoice = refundable.one_of(invoice_id, member_id=member_id, location_ids=_mine())
    try:
        given = read_form(Wanted, request.form, ignore=KEPT)
        terms = _terms(given, invoice)
        if "sure" not in given or "expected" not in given or "key" not in given:
            return _preview(seen, invoice, terms)
        wish = Wish(invoice.id, terms, given["expected"], given["reason"], given["key"])
        flash(_done(wish, invoice), "success")
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, quote=None, **_context(seen, invoice))
    return back(seen)


def _preview(seen: AtDesk, invoice: Invoice, terms: Terms) -> str:
    on = places.business_date(places.get(invoice.location_id), clock.now())
    quote = refund_terms.quote(invoice, terms, on=on)
    return render_template(
        FORM,
        form=fresh_form(**request.form.to_dict()),
        quote=quote,
        ways=refund_ways.of(invoice.id, terms.to, quote.refund_cents),
        lines=request.form.getlist("line"),
        key=new_id(),
        asks=_must_ask(invoice, quote),
        **_context(seen, invoice),
    )


def _done(wish: Wish, invoice: Invoice) -> str:
    """Grants what whoever is signed in may grant; asks for the rest."""
    by, now, grants = actor(), clock.now(), guard.current_grants()
    if not allows(grants, "refund", location_id=invoice.location_id):
        run_txn(lambda: refund_requests.ask(wish, by=by, now=now))
        return "Asked. A manager decides."
    try:
        found = run_txn(
            lambda: refund_grants.grant(wish, asked_by=None, grants=grants, by=by, now=now)
        )
    except Refused as refused:
        if refused.code not in ("above_limit", "own_request"):
            raise
        run_txn(lambda: refund_requests.ask(wish, by=by, now=now))
        return "That is above your limit: an owner is asked."
    amount_text = money(found.refund_cents, found.currency)
    if wish.terms.to == "account_credit":
        return f"{amount_text} is credit now."
    return f"{amount_text} goes back by {day(found.refund_by)}."


def _must_ask(invoice: Invoice, quote: Quote) -> bool:
    grants, place = guard.current_grants(), places.get(invoice.location_id)
    if not allows(grants, "refund", location_id=place.id):
        return True
    try:
        on = places.business_date(place, clock.now())
        all_cents = limits.given_cents(invoice.id, beside=None) + quote.refund_cents
        limits.require(all_cents, grants=grants, location=place, on=on)
    except Refused:
        return True
    return False


def _terms(given: dict[str, Any], invoice: Invoice) -> Terms:
    cents = None
    if "amount" in given:
        cents = amount(given["amount"], places.get(invoice.location_id), "amount")
    return Terms(given["how"], given["to"], tuple(given.get("line", ())), cents)


def _context(seen: AtDesk, invoice: Invoice) -> dict[str, Any]:
    return {
        "seen": seen,
        "invoice": invoice,
        "invoice_lines": refundable.lines_of(invoice.id),
        "hows": [(how, HOWS[how]) for how in refund_terms.offered(invoice)],
        "tos": refund_terms.tos_of(invoice),
        "action": seen.path("refund", str(invoice.id)),
        "back_url": address(seen, "refund"),
    }


def _mine() -> list[UUID]:
    return [place.id for place in guard.places_for(ACT)]
