"""A member's card on file, and what is owed beside it."""

from __future__ import annotations

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response

from billing.cards import cards
from billing.gateway import OutcomeUnknown, Throttled
from billing.invoices import shown, statements
from billing.payments.collect import collecting
from billing.portal.blueprint import blueprint, go
from config import clock
from config.errors import NotFound
from locations.guard import member_only
from membership.people import members
from membership.people.own import own_member


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
    home = members.home_now(member.id, now)
    return go(cards.update_url(member.id, location=home, gateway=collecting().gateway, now=now))


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
        return go(url_for(".card"))
    if owner != member.id:
        raise NotFound("card")
    flash("Your card is saved.", "success")
    return go(url_for(".card"))


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
