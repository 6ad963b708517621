"""What a member has beside sessions: account credit, gift cards, and buying one to give."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from billing.account.blueprint import blueprint
from billing.gift_cards import gift_checkout
from billing.gift_cards.gift_cards import Seen
from billing.invoices import statements
from billing.payments import taking
from billing.payments.collect import collecting
from billing.tenders import credit_balances
from config import clock
from config.errors import Invalid, Refused, invalid_field
from config.fields import Email, SafeStr
from config.formats import money
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations.guard import current_account, member_only
from membership.catalogue.group_fields import Amount
from membership.models import Member
from membership.people import members
from membership.people.own import actor, own_member
from membership.rules.price_list import cents_of

MONEY, BUY, PAY = "member/credit.html", "member/gift_card.html", "member/pay_gift_card.html"


class Code(Input):
    """A gift card's code."""

    gift_code = SafeStr(required=True, most=40)


class Bought(Input):
    """A card's amount, and whom it is for."""

    amount = Amount(required=True)
    recipient_name = SafeStr(most=160)
    recipient_email = Email()


@blueprint.get("/credit")
@member_only
def credit() -> str:
    """Credit with its movements; a code may be looked up."""
    return render_template(MONEY, form=fresh_form(), **_money_context())


@blueprint.post("/gift-card")
@member_only
def look_at_gift_card() -> Response | str:
    """What is left on a card."""
    try:
        seen = _seen()
    except (Invalid, Refused) as error:
        return answer_form(MONEY, error, **_money_context())
    return render_template(MONEY, form=fresh_form(), **_money_context() | {"seen": seen})


@blueprint.get("/gift-card/buy")
@member_only
def gift_card() -> str:
    """Over how much, and for whom."""
    return render_template(BUY, form=fresh_form(), action=url_for(".buy_gift_card"))


@blueprint.post("/gift-card/buy")
@member_only
def buy_gift_card() -> Response:
    """On to the card page."""
    member, now = own_member(), clock.now()
    home = members.home_now(member.id, now)
    try:
        given = read_form(Bought, request.form)
        try:
            cents = cents_of(given["amount"], home.currency)
        except ValueError as error:
            raise invalid_field("/amount", f"{error}.") from None
        page = gift_checkout.sell(
            member_id=member.id,
            place=home,
            amount_cents=cents,
            recipient_name=given.get("recipient_name"),
            recipient_email=given.get("recipient_email"),
            gateway=collecting().gateway,
            now=now,
        )
    except (Invalid, Refused) as error:
        return answer_form(BUY, error, action=url_for(".buy_gift_card"))
    return redirect(page, 303)


@blueprint.get("/pay/<uuid:invoice_id>/gift-card")
@member_only
def pay_with_gift_card(invoice_id: UUID) -> str:
    """A code that pays what it can of an open invoice."""
    found = _owed(invoice_id, own_member())
    return render_template(PAY, form=fresh_form(), **_pay_context(found))


@blueprint.post("/pay/<uuid:invoice_id>/gift-card")
@member_only
def pay_with_gift_card_now(invoice_id: UUID) -> Response:
    """Take it; the rest is paid as before."""
    found = _owed(invoice_id, own_member())
    try:
        offer = taking.gift_card_offer(_seen(), currency=found.currency)
        got = taking.pay(invoice_id, [offer], by=actor())
    except (Invalid, Refused) as error:
        return answer_form(PAY, error, **_pay_context(found))
    left = got[-1].left_cents
    flash(
        f"Thank you. {money(left, found.currency)} is left to pay."
        if left
        else "Thank you, this is paid.",
        "success",
    )
    ahead = "money.pay" if left else "money.invoice"
    return redirect(url_for(ahead, invoice_id=invoice_id), 303)


def _seen() -> Seen:
    code = read_form(Code, request.form)["gift_code"]
    return taking.look_up(code, by=actor(), guesser=current_account().id)


def _owed(invoice_id: UUID, member: Member) -> statements.Statement:
    found = statements.one(invoice_id, member_id=member.id)
    if found.state != "open":
        raise Refused("not_open", "There is nothing to pay on this invoice.")
    return found


def _money_context() -> dict[str, Any]:
    member = own_member()
    return {
        "balances": credit_balances.balances(member.id),
        "movements": credit_balances.movements(member.id, limit=50),
        "seen": None,
        "action": url_for(".look_at_gift_card"),
        "buy_url": url_for(".gift_card"),
    }


def _pay_context(found: statements.Statement) -> dict[str, Any]:
    return {
        "invoice": found,
        "action": url_for(".pay_with_gift_card_now", invoice_id=found.id),
        "back_url": url_for("money.pay", invoice_id=found.id),
    }
