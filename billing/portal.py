"""A member's money: invoices, paying one, the card on file, and the way back from Stripe."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from billing import (
    cards,
    confirmations,
    credit_note_list,
    hosted,
    open_invoices,
    refundable,
    shown,
    statements,
    tries,
)
from billing.collect import collecting
from billing.documents import CANCEL_HINT
from billing.gateway import OutcomeUnknown, Throttled
from billing.rules.attempt import Verdict
from billing.statements import Statement
from config import clock
from config.errors import NotFound, Refused
from locations import places
from locations.guard import member_only
from membership import members
from membership.own import own_member

blueprint = Blueprint("money", __name__)

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
        return _go(open_invoices.pay_page(invoice_id, gateway=gateway, now=now))
    bank = confirmations.begin(invoice_id, gateway=gateway, now=now)
    return _go(bank or url_for(".invoice", invoice_id=invoice_id))


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
    return _go(url_for(".invoice", invoice_id=invoice_id))


@blueprint.get("/card")
@member_only
def card() -> str:
    """The card on file, as Stripe describes it."""
    return render_template(
        "billing/card.html",
        card=shown.card(own_member().id),
        update_url=url_for(".update_card"),
    )


@blueprint.post("/card")
@member_only
def update_card() -> Response:
    """On to Stripe's page for another card."""
    member, now = own_member(), clock.now()
    home = places.get(members.home_at(member.id, now.date()))
    return _go(cards.update_url(member.id, location=home, gateway=collecting().gateway, now=now))


@blueprint.get("/card/return")
@member_only
def card_return() -> Response:
    """Back from Stripe's page: keep the card and pay what is open with it."""
    session_id = request.args.get("session_id", "")
    member = own_member()
    try:
        owner = cards.finish_setup(session_id, gateway=collecting().gateway, now=clock.now())
    except (OutcomeUnknown, Throttled):
        flash("We have not heard about your card yet. It will be here in a few minutes.")
        return _go(url_for(".card"))
    if owner != member.id:
        raise NotFound("card")
    flash("Your card is saved.", "success")
    return _go(url_for(".card"))


@blueprint.get("/money-card")
@member_only
def money_card() -> str:
    """The part of a member's home that is about money."""
    member = own_member()
    owed = statements.oldest_open(member.id)
    return render_template(
        "billing/_money_card.html",
        card=shown.card(member.id),
        open_invoice=owed
        and {
            "number": owed.number,
            "total_cents": owed.total_cents,
            "currency": owed.currency,
            "pay_url": shown.pay_url(owed.id, owed.state),
            "reason": shown.reason(owed.id),
        },
        card_url=url_for(".card"),
        invoices_url=url_for(".invoices"),
    )


@blueprint.get("/checkout/return")
@member_only
def returned() -> Response:
    """Back from the card page: look at what was paid, and show what it brought."""
    session_id = request.args.get("session_id", "")
    member = own_member()
    try:
        found = hosted.finish(session_id, gateway=collecting().gateway, now=clock.now())
    except (OutcomeUnknown, Throttled):
        flash("We have not heard about your payment yet. Please look again in a minute.")
        return _go(url_for(".invoices"))
    if found.member_id != member.id:
        raise NotFound("payment")
    reason = statements.one(found.invoice_id, member_id=member.id).reason
    if reason == "change":
        return _changed(found.verdict)
    if reason == "gift_card":
        return _gift_card_bought(found.verdict)
    if found.sale:
        return _go(url_for("join.welcome", invoice_id=found.invoice_id))
    return _go(url_for(".invoice", invoice_id=found.invoice_id))


def _changed(verdict: str) -> Response:
    """Back from paying for another plan."""
    if verdict == "paid":
        flash("Your plan is changed. Thank you.", "success")
    else:
        flash("Your plan is as it was: the payment has not arrived yet.")
    return _go(url_for("portal.home"))


def _gift_card_bought(verdict: str) -> Response:
    """Back from paying for a gift card; its code travels by mail."""
    if verdict == "paid":
        flash("Thank you. The gift card is paid, and its code is on its way by mail.", "success")
    else:
        flash("The payment has not arrived yet. The code leaves by mail once it has.")
    return _go(url_for("buying.credit"))


@blueprint.get("/checkout/left/<uuid:invoice_id>")
@member_only
def left(invoice_id: UUID) -> Response:
    """The member came back without paying: nothing has happened, and nothing is lost."""
    found = statements.one(invoice_id, member_id=own_member().id)
    if found.state == "draft" and found.reason == "change":
        flash("Nothing was paid, and your plan is as it was.")
        return _go(url_for("changing.plans"))
    if found.state == "draft" and found.reason == "gift_card":
        flash("Nothing was paid, and no gift card was bought.")
        return _go(url_for("buying.credit"))
    if found.state == "draft":
        return _go(url_for("join.welcome", invoice_id=invoice_id, left=1))
    return _go(url_for(".invoice", invoice_id=invoice_id))


def _open_one(invoice_id: UUID) -> Statement:
    found = statements.one(invoice_id, member_id=own_member().id)
    if found.state != "open":
        raise Refused("not_open", "There is nothing to pay on this invoice.")
    return found


def _go(url: str) -> Response:
    return redirect(url, code=303)
