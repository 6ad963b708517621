"""Selling at the desk for cash, by terminal or with a gift card: sold and paid in one commit.

An edge. What is left after a gift card and account credit is cash, the terminal's, or the
member's phone; a sale is never left half paid at the counter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from billing import checkout, collect, desk_sales, gift_sales, sales, taking, tenders
from billing.gift_cards import Seen
from billing.models import Invoice
from billing.rules import tenders as rule
from billing.rules.tenders import Offer
from config import clock
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from locations.models import Location
from membership import members

Way = Literal["cash", "terminal", "gift_card", "phone"]


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
    """A sale at the counter: what each tender paid, and what goes back over it.

    `left_cents` waits for the member's phone; otherwise it is nothing.
    """

    invoice_id: UUID
    paid_cents: int
    change_cents: int
    left_cents: int


def pack(
    member_id: UUID, *, pack_version_id: UUID, packs_seen: int, payer: Payer, by: Actor
) -> Taken:
    """Sell a pack. Refused where it is not for them, or is not paid whole; pressed twice, once."""
    checkout.close_tills(member_id, gateway=collect.collecting().gateway, now=clock.now())

    def place() -> UUID:
        members.lock(member_id)
        if desk_sales.packs_of(member_id) != packs_seen:
            raise Refused("sold_meanwhile", desk_sales.SEEN_BEFORE)
        return sales.draft_pack(
            member_id=member_id,
            pack_version_id=pack_version_id,
            location_id=payer.place.id,
            now=clock.now(),
        ).id

    return _sold(place, payer, by=by, credit_too=tenders.use_credit)


def extra(member_id: UUID, *, request_key: str | None, payer: Payer, by: Actor) -> Taken:
    """Let a member in beyond the allowance, paid at the counter."""

    def place() -> UUID:
        invoice_id, _made = desk_sales.extra(member_id, payer.place, request_key, by)
        return invoice_id

    return _sold(place, payer, by=by, credit_too=None)


def gift_card(
    member_id: UUID,
    *,
    amount_cents: int,
    recipient_name: str | None,
    recipient_email: str | None,
    payer: Payer,
    by: Actor,
) -> tuple[Taken, UUID]:
    """Sell a gift card to a member; the second value is the card's key.

    Neither credit nor another gift card buys one: it would make a way around what they are for.
    """
    cards: list[UUID] = []

    def place() -> UUID:
        card, invoice = gift_sales.draft(
            buyer_member_id=member_id,
            place=payer.place,
            amount_cents=amount_cents,
            recipient_name=recipient_name,
            recipient_email=recipient_email,
            now=clock.now(),
        )
        cards[:] = [card.id]
        return invoice.id

    if payer.gift_card is not None or payer.way == "gift_card":
        raise Refused("gift_card_for_card", "A gift card is not bought with a gift card.")
    taken = _sold(place, payer, by=by, credit_too=None)
    return taken, cards[0]


def invoice(invoice_id: UUID, *, payer: Payer, by: Actor) -> Taken:
    """Pay what is owed already, at the counter. Refused as `taking.pay` is."""
    due_cents = tenders.due_of(invoice_id)
    currency = db.session.get_one(Invoice, invoice_id).currency
    offers = _offers(payer, currency)
    change = _change(payer, rule.left_over(due_cents, rule.split(due_cents, offers[:-1])))
    got = taking.pay(invoice_id, offers, by=by)
    return Taken(invoice_id, sum(one.amount_cents for one in got), change, got[-1].left_cents)


def _sold(
    place: Callable[[], UUID],
    payer: Payer,
    *,
    by: Actor,
    credit_too: Callable[..., int] | None,
) -> Taken:
    def work() -> Taken:
        now = clock.now()
        invoice_id = place()
        if credit_too is not None:
            credit_too(invoice_id, now=now)
        due_cents = tenders.due_of(invoice_id)
        found = db.session.get_one(Invoice, invoice_id)
        offers = _offers(payer, found.currency)
        change = _change(payer, rule.left_over(due_cents, rule.split(due_cents, offers[:-1])))
        got = tenders.take(invoice_id, offers, by=by, now=now) if due_cents else ()
        left = got[-1].left_cents if got else 0
        if left and payer.way != "phone":
            raise Refused("too_little", rule.REFUSALS["too_little"])
        desk_sales.record(invoice_id, payer.way, by=by)
        return Taken(invoice_id, sum(one.amount_cents for one in got), change, left)

    return run_txn(work)


def _offers(payer: Payer, currency: str) -> Sequence[Offer]:
    """The gift card first; the last offer is the one that pays the rest."""
    offers: list[Offer] = []
    if payer.gift_card is not None:
        offers.append(taking.gift_card_offer(payer.gift_card, currency=currency))
    if payer.way in ("cash", "terminal"):
        offers.append(taking.till_offer(payer.way, payer.place))  # type: ignore[arg-type]
    return offers


def _change(payer: Payer, rest_cents: int) -> int:
    """What goes back of the cash that was laid down; nothing where nobody counted it."""
    if payer.way != "cash" or payer.given_cents is None:
        return 0
    return rule.change_cents(given_cents=payer.given_cents, due_cents=rest_cents)
