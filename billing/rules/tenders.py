"""How an amount due is split over several ways to pay. Whole minor units, pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from config.errors import Refused

Kind = Literal["cash", "terminal", "gift_card", "account_credit"]
# Whose money runs out: they pay what they hold, and another tender pays the rest.
LIMITED: Final[frozenset[str]] = frozenset({"gift_card", "account_credit"})
REFUSALS: Final = {
    "nothing_due": "There is nothing to pay.",
    "too_little": "That is less than what is due.",
    "too_much": "That is more than what is due.",
    "till_closed": "The till is closed: open it with a count first.",
    "payment_running": "A card payment for this is on its way. Please look again in a few minutes.",
    "other_studio": "This is owed to another studio: cash and terminal are taken there.",
    "other_currency": "This is in another currency.",
    "gift_card_unknown": "This gift card is not known, or nothing is left on it.",
    "gift_card_empty": "Somebody has used this gift card a moment ago. Please look again.",
    "gift_card_turned_over": "Nobody had used this gift card for years: what was on it was turned"
    " over to the state, and is claimed there.",
    "credit_turned_over": "Nobody had used this credit for years: it was turned over to the state,"
    " and is claimed there.",
    "credit_short": "There is less account credit than that.",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody offers: at most `limit_cents` of it, or as much as is due where none."""

    kind: Kind
    source_id: UUID | None
    limit_cents: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """What one tender pays."""

    kind: Kind
    source_id: UUID | None
    amount_cents: int


def refuse(code: str) -> Refused:
    """The refusal of this name, in words for whoever pays."""
    return Refused(code, REFUSALS[code])


def split(due_cents: int, offers: Sequence[Offer]) -> tuple[Share, ...]:
    """Each offer pays as much as it can of what the ones before it left.

    The shares never sum to more than is due; one that would pay nothing is left out.
    """
    left = due_cents
    shares: list[Share] = []
    for offer in offers:
        pays = left if offer.limit_cents is None else min(left, max(0, offer.limit_cents))
        if pays > 0:
            shares.append(Share(offer.kind, offer.source_id, pays))
            left -= pays
    return tuple(shares)


def left_over(due_cents: int, shares: Sequence[Share]) -> int:
    """What is still due after these."""
    return due_cents - sum(share.amount_cents for share in shares)


def change_cents(*, given_cents: int, due_cents: int) -> int:
    """What goes back over the counter. Refused("too_little") where it does not cover what is due.

    A sale is not left half paid in cash: who has less gives the rest another way first.
    """
    if given_cents < due_cents:
        raise refuse("too_little")
    return given_cents - due_cents
