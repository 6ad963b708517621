"""Which ways a sum goes back, as the page shows it before the button; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.gift_cards import gift_refunds
from billing.models import Payment
from billing.refunds import promises
from billing.rules import refund as rule
from billing.rules.refund import Room
from config.db import db

_WORDS: Mapping[str, str] = {
    "card": "To the card, by itself",
    "cash": "In cash, out of the till now",
    "account_credit": "As credit",
    "gift_card": "Onto the gift card, with its code by letter",
}
BY_HAND = "Owed, until somebody pays it by hand"


class Way(NamedTuple):
    """A part of what goes back, in minor units, and how."""

    words: str
    cents: int


def of(invoice_id: UUID, to: str, cents: int) -> list[Way]:
    """How `cents` of an invoice go back on these terms, in the order in which they are taken."""
    if to == "account_credit":
        return [Way(_WORDS["account_credit"], cents)]
    first = ("cash",) if to == "cash" else ()
    rooms = _rooms(invoice_id, (*first, *promises.BY_ITSELF))
    found: dict[str, int] = {}
    for part in rule.spread(cents, rooms):
        found[part.tender] = found.get(part.tender, 0) + part.amount_cents
    ways = [Way(_WORDS[tender], part_cents) for tender, part_cents in found.items()]
    left = cents - sum(found.values())
    return [*ways, Way(BY_HAND, left)] if left else ways


def _rooms(invoice_id: UUID, tenders: tuple[str, ...]) -> list[Room]:
    query = sa.select(Payment).where(
        Payment.invoice_id == invoice_id,
        Payment.tender.in_(tenders),
        Payment.amount_cents > Payment.refunded_cents,
        sa.or_(Payment.tender != "gift_card", gift_refunds.takes(Payment)),
    )
    found = sorted(db.session.scalars(query), key=lambda one: one.id, reverse=True)
    found.sort(key=lambda one: tenders.index(one.tender))
    return [Room(one.id, one.tender, one.amount_cents - one.refunded_cents) for one in found]
