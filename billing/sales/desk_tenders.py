"""Selling at the desk for cash, by terminal or with a gift card: sold and paid in one commit.

An edge. What a gift card and account credit leave is cash or the terminal's; a sale is never
left half paid at the counter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple
from uuid import UUID

from billing.gift_cards import gift_sales
from billing.gift_cards.gift_cards import Seen
from billing.models import GiftCard, Invoice
from billing.payments import collect, taking
from billing.rules import tenders as rule
from billing.rules.tenders import Offer
from billing.sales import checkout, desk_extras, desk_sales, sales
from billing.tenders import credit_pays, tenders
from config import clock
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from locations.models import Location
from membership.people import members
from membership.rules.discount import Code

SOLD_BEFORE = "This gift card is sold already. Its code has been sent by mail."
Way = Literal["cash", "terminal", "gift_card"]


@dataclass(frozen=True, slots=True)
class Payer:
    """How somebody pays at a studio's counter: a gift card first, if any, then `way`.

    `given_cents` is the cash they laid down, where they did.
    """

    way: Way
    place: Location
    gift_card: Seen | None
    given_cents: int | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What was paid at the counter, what goes back over it, and what is still owed."""

    invoice_id: UUID
    paid_cents: int
    change_cents: int
    left_cents: int


def pack(
    member_id: UUID,
    *,
    pack_version_id: UUID,
    packs_seen: int,
    payer: Payer,
    by: Actor,
    code: Code | None = None,
) -> Taken:
    """Sell a pack, cheaper by a promotion's `code`.

    Refused where it is not for them, or is not paid whole; pressed twice, once.
    """
    checkout.close_tills(member_id, gateway=collect.collecting().gateway, now=clock.now())

    def place() -> UUID:
        members.lock(member_id)
        if desk_sales.packs_of(member_id) != packs_seen:
            raise Refused("sold_meanwhile", desk_sales.SEEN_BEFORE)
        now = clock.now()
        found = sales.draft_pack(
            member_id=member_id,
            pack_version_id=pack_version_id,
            location_id=payer.place.id,
            now=now,
            code=code,
        )
        credit_pays.for_one(found.id, now=now)
        return found.id

    return _sold(place, payer, by=by)


def one_session(member_id: UUID, *, request_key: str | None, payer: Payer, by: Actor) -> Taken:
    """Let a member in beyond the allowance, paid at the counter."""

    def place() -> UUID:
        invoice_id, _made = desk_extras.let_in(member_id, payer.place, request_key, by)
        return invoice_id

    return _sold(place, payer, by=by)


def gift_card(
    member_id: UUID,
    *,
    amount_cents: int,
    recipient_name: str | None,
    recipient_email: str | None,
    key: UUID,
    payer: Payer,
    by: Actor,
) -> Taken:
    """Sell a gift card to a member. `key` is the form's own and becomes the card's: sent again,
    as by a reload of the page that shows the code, it is Refused("sold_meanwhile").

    Neither credit nor another gift card buys one: it would make a way around what they are for.
    """

    def place() -> UUID:
        members.lock(member_id)
        if db.session.get(GiftCard, key) is not None:
            raise Refused("sold_meanwhile", SOLD_BEFORE)
        _card, invoice = gift_sales.draft(
            key,
            buyer_member_id=member_id,
            place=payer.place,
            amount_cents=amount_cents,
            recipient_name=recipient_name,
            recipient_email=recipient_email,
            now=clock.now(),
        )
        return invoice.id

    if payer.gift_card is not None or payer.way == "gift_card":
        raise Refused("gift_card_for_card", "A gift card is not bought with a gift card.")
    return _sold(place, payer, by=by)


def invoice(invoice_id: UUID, *, payer: Payer, by: Actor) -> Taken:
    """Pay what is owed already, at the counter; a gift card may pay a part of it.

    Refused as `taking.pay` is.
    """
    due_cents = tenders.due_of(invoice_id)
    counter = _counter(payer, due_cents, db.session.get_one(Invoice, invoice_id).currency)
    got = taking.pay(invoice_id, counter.offers, by=by)
    paid_cents = sum(one.amount_cents for one in got)
    return Taken(invoice_id, paid_cents, counter.change_cents, got[-1].left_cents)


def _sold(place: Callable[[], UUID], payer: Payer, *, by: Actor) -> Taken:
    """Place a sale and take its money, or neither."""

    def work() -> Taken:
        invoice_id = place()
        due_cents = tenders.due_of(invoice_id)
        if not due_cents:  # credit has paid it, or this button was pressed before
            return Taken(invoice_id, 0, 0, 0)
        counter = _counter(payer, due_cents, db.session.get_one(Invoice, invoice_id).currency)
        got = tenders.take(invoice_id, counter.offers, by=by, now=clock.now())
        if got[-1].left_cents:
            raise rule.refuse("too_little")
        desk_sales.record(invoice_id, payer.way, by=by)
        paid_cents = sum(one.amount_cents for one in got)
        return Taken(invoice_id, paid_cents, counter.change_cents, 0)

    return run_txn(work)


class _Counter(NamedTuple):
    """What lies on the counter for an amount, and what of it goes back."""

    offers: Sequence[Offer]
    change_cents: int


def _counter(payer: Payer, due_cents: int, currency: str) -> _Counter:
    card = payer.gift_card
    first = [taking.gift_card_offer(card, currency=currency)] if card is not None else []
    if payer.way == "gift_card":
        return _Counter(first, 0)
    rest_cents = rule.left_over(due_cents, rule.split(due_cents, first))
    change_cents = 0
    if payer.way == "cash" and payer.given_cents is not None:
        change_cents = rule.change_cents(given_cents=payer.given_cents, due_cents=rest_cents)
    return _Counter([*first, taking.till_offer(payer.way, payer.place)], change_cents)
