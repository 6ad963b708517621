"""The ways back from Stripe's card page, paid or left."""

from __future__ import annotations

from uuid import UUID

from flask import flash, request, url_for
from werkzeug.wrappers import Response

from billing.gateway import OutcomeUnknown, Throttled
from billing.invoices import statements
from billing.payments import hosted
from billing.payments.collect import collecting
from billing.portal.blueprint import blueprint, go
from config import clock
from config.errors import NotFound
from locations.guard import member_only
from membership.people.own import own_member


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
        return go(url_for(".invoices"))
    if found.member_id != member.id:
        raise NotFound("payment")
    reason = statements.one(found.invoice_id, member_id=member.id).reason
    if reason == "change":
        return _changed(found.verdict)
    if reason == "gift_card":
        return _gift_card_bought(found.verdict)
    if found.sale:
        return go(url_for("join.welcome", invoice_id=found.invoice_id))
    return go(url_for(".invoice", invoice_id=found.invoice_id))


@blueprint.get("/checkout/left/<uuid:invoice_id>")
@member_only
def left(invoice_id: UUID) -> Response:
    """The member came back without paying: nothing has happened, and nothing is lost."""
    found = statements.one(invoice_id, member_id=own_member().id)
    if found.state == "draft" and found.reason == "change":
        flash("Nothing was paid, and your plan is as it was.")
        return go(url_for("changing.plans"))
    if found.state == "draft" and found.reason == "gift_card":
        flash("Nothing was paid, and no gift card was bought.")
        return go(url_for("buying.credit"))
    if found.state == "draft":
        return go(url_for("join.welcome", invoice_id=invoice_id, left=1))
    return go(url_for(".invoice", invoice_id=invoice_id))


def _changed(verdict: str) -> Response:
    """Back from paying for another plan."""
    if verdict == "paid":
        flash("Your plan is changed. Thank you.", "success")
    else:
        flash("Your plan is as it was: the payment has not arrived yet.")
    return go(url_for("portal.home"))


def _gift_card_bought(verdict: str) -> Response:
    """Back from paying for a gift card; its code travels by mail."""
    if verdict == "paid":
        flash("Thank you. The gift card is paid, and its code is on its way by mail.", "success")
    else:
        flash("The payment has not arrived yet. The code leaves by mail once it has.")
    return go(url_for("buying.credit"))
