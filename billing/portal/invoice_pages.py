"""A member's invoices, and paying one."""

from __future__ import annotations

from uuid import UUID

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response

from billing.invoices import credit_note_list, shown, statements
from billing.invoices.documents import CANCEL_HINT
from billing.invoices.statements import Statement
from billing.payments import confirmations, open_invoices, tries
from billing.payments.collect import collecting
from billing.portal.blueprint import blueprint, go
from billing.refunds import refundable
from billing.rules.attempt import Verdict
from config import clock
from config.errors import Refused
from locations.guard import member_only
from membership.people.own import own_member

MOST_PAGES = 500


@blueprint.get("/invoices")
@member_only
def invoices() -> str:
    """What was billed, newest first."""
    wanted = request.args.get("page", default=1, type=int)
    found = statements.of_member(own_member().id, page=min(max(wanted, 1), MOST_PAGES))
    return render_template(
        "billing/invoices.html",
        invoices=[shown.row(row) for row in found.rows],
        newer=url_for(".invoices", page=found.number - 1) if found.number > 1 else None,
        older=url_for(".invoices", page=found.number + 1) if found.more else None,
    )


@blueprint.get("/invoices/<uuid:invoice_id>")
@member_only
def invoice(invoice_id: UUID) -> str:
    """One invoice in full."""
    found = statements.one(invoice_id, member_id=own_member().id)
    tried = tries.of_invoice(found.id)
    return render_template(
        "billing/invoice.html",
        invoice=found,
        lines=shown.lines(found),
        seller={"name": found.seller, "address": found.address},
        member_name=found.member_name,
        payments=found.payments,
        pay_url=shown.pay_url(found.id, found.state),
        tries=tried.worth_telling and [shown.one_try(one) for one in tried.made],
        next_try_on=tried.next_on,
        cancel_hint=CANCEL_HINT if found.recurring else None,
        notes=[shown.credit_note(note) for note in credit_note_list.of_invoice(found.id)],
        refunds=refundable.sent_of(found.id),
        files=shown.files(found),
    )


@blueprint.get("/pay/<uuid:invoice_id>")
@member_only
def pay(invoice_id: UUID) -> str:
    """Before the button: how much, and whether the bank asks for a confirmation."""
    found = _open_one(invoice_id)
    asked = confirmations.asked(invoice_id) is not None
    return render_template(
        "billing/pay.html",
        invoice=found,
        note="Your bank asks you to confirm this payment." if asked else None,
        action=url_for(".pay_now", invoice_id=invoice_id),
        gift_card_url=url_for("buying.pay_with_gift_card", invoice_id=invoice_id),
    )


@blueprint.post("/pay/<uuid:invoice_id>")
@member_only
def pay_now(invoice_id: UUID) -> Response:
    """On to the bank where it asked for the member, to the card page otherwise."""
    _open_one(invoice_id)
    gateway, now = collecting().gateway, clock.now()
    if confirmations.asked(invoice_id) is None:
        return go(open_invoices.pay_page(invoice_id, gateway=gateway, now=now))
    bank = confirmations.begin(invoice_id, gateway=gateway, now=now)
    return go(bank or url_for(".invoice", invoice_id=invoice_id))


@blueprint.get("/pay/<uuid:invoice_id>/return")
@member_only
def paid(invoice_id: UUID) -> Response:
    """Back from the bank's page: look what it said."""
    statements.one(invoice_id, member_id=own_member().id)
    verdict = confirmations.look(invoice_id, gateway=collecting().gateway, now=clock.now())
    if verdict is Verdict.SUCCEEDED or verdict is None:
        flash("Thank you, your payment has arrived.", "success")
    else:
        flash("Your bank has not confirmed the payment. You can try once more.", "warning")
    return go(url_for(".invoice", invoice_id=invoice_id))


def _open_one(invoice_id: UUID) -> Statement:
    found = statements.one(invoice_id, member_id=own_member().id)
    if found.state != "open":
        raise Refused("not_open", "There is nothing to pay on this invoice.")
    return found
