"""How money goes back: out of goodwill, over the payments it came by, and what Stripe says of it.

Pure. What an ended plan or pack gives back is billing/rules/credit; this is what follows a promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from billing.rules.credit import GOODWILL, Credited
from billing.rules.standings import CreditLine, Standing, opposite, parts_of, turned
from config.money import half_up

# What a plan or pack owes its member comes back by ending it; these were earned when billed.
CORRECTABLE = frozenset({"fees", "overage"})
# Sold ahead and still owed, or earned at once: what goodwill may be given on. Gift cards and
# account credit are money, not something one was unhappy with.
CONCEDABLE = frozenset({"deferred_sessions", "deferred_time", "fees", "overage"})

# The money on a gift card that is unspent: it goes back to whoever bought it.
UNSPENT = frozenset({"gift_cards"})

FIRST_LOOK = timedelta(minutes=2)
LONGEST_LOOK = timedelta(hours=2)


class Verdict(StrEnum):
    """What a refund at Stripe says."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Room(NamedTuple):
    """A payment by a tender and what may still go back of it, in minor units."""

    payment_id: UUID
    tender: str
    left_cents: int


class Part(NamedTuple):
    """What goes back of one payment."""

    payment_id: UUID
    tender: str
    amount_cents: int


def gross_left_cents(sold: Sequence[Standing]) -> int:
    """What goodwill may still give back of these, tax included.

    What a change of plan took away on the same bill counts against what it brought.
    """
    return max(0, sum(_gross_left(one) for one in sold))


def goodwill(sold: Sequence[Standing], gross_cents: int) -> Credited:
    """Give back `gross_cents`, tax included, of lines whose goods the member keeps.

    The tax is its share of what was charged: of all so far, less what went back before, so that
    parts sum and all of a line gives back all of its tax. ValueError where less is left.
    """
    return _taken(sold, gross_cents, account=GOODWILL)


def correction(sold: Sequence[Standing], gross_cents: int) -> Credited:
    """Take back what was booked as income and should not have been; ValueError as `goodwill`."""
    if any(one.sold.liability_account not in CORRECTABLE for one in sold):
        raise ValueError("what is still owed to the member ends with its plan or pack")
    return _taken(sold, gross_cents, account=None)


def unspent(sold: Sequence[Standing], gross_cents: int) -> Credited:
    """Take back the sale of a gift card, as far as it is unspent; ValueError as `goodwill`."""
    if any(one.sold.liability_account not in UNSPENT for one in sold):
        raise ValueError("only a gift card is given back unspent")
    return _taken(sold, gross_cents, account=None)


def spread(owed_cents: int, rooms: Sequence[Room]) -> list[Part]:
    """Which payments a promise goes back to: the given order, each as far as it goes.

    The parts are never more than what is owed, nor than what a payment has left; what no payment
    takes is left to a person.
    """
    parts: list[Part] = []
    for room in rooms:
        cents = min(owed_cents, room.left_cents)
        if cents > 0:
            parts.append(Part(room.payment_id, room.tender, cents))
            owed_cents -= cents
    return parts


def seen(status: str) -> Verdict:
    """What Stripe's word for a refund's state means; one we do not know is waited for."""
    if status == "succeeded":
        return Verdict.SENT
    return Verdict.FAILED if status in ("failed", "canceled") else Verdict.WAITING


NEXT_STATE = {
    ("ready", Verdict.WAITING): "pending",
    ("ready", Verdict.SENT): "succeeded",
    ("ready", Verdict.FAILED): "failed",
    ("sending", Verdict.WAITING): "pending",
    ("sending", Verdict.SENT): "succeeded",
    ("sending", Verdict.FAILED): "failed",
    ("pending", Verdict.SENT): "succeeded",
    ("pending", Verdict.FAILED): "failed",
    # A bank may send money back long after it had left.
    ("succeeded", Verdict.FAILED): "failed",
    # We had been told no, and Stripe had sent it after all.
    ("failed", Verdict.SENT): "succeeded",
}


def next_state(state: str, verdict: Verdict) -> str | None:
    """A refund's new state, or none where the news changes nothing."""
    return NEXT_STATE.get((state, verdict))


def look_again_after(looks: int) -> timedelta:
    """How long a refund whose fate is unknown is left alone after this many looks."""
    return min(FIRST_LOOK * 2 ** min(looks, 10), LONGEST_LOOK)


def is_overdue(due_on: date | None, *, on: date) -> bool:
    """Whether the day by which the law wants it sent is over."""
    return due_on is not None and due_on < on


def _taken(sold: Sequence[Standing], gross_cents: int, *, account: str | None) -> Credited:
    parts = parts_of(gross_cents, [_gross_left(one) for one in sold])
    return Credited(
        tuple(_part(one, part, account) for one, part in zip(sold, parts, strict=True) if part)
    )


def _gross_left(one: Standing) -> int:
    if one.sold.net_cents < 0:
        return -_gross_left(opposite(one))
    return max(0, one.left_cents) + max(0, one.left_tax_cents)


def _part(one: Standing, gross_cents: int, account: str | None) -> CreditLine:
    """Net and tax of a part that was given with its tax; both stay within what is left."""
    if one.sold.net_cents < 0:
        return turned(_part(opposite(one), -gross_cents, account))
    sold = one.sold
    whole = sold.net_cents + sold.tax_cents
    gone = one.released_cents + one.conceded_cents
    so_far = gone + one.credited_tax_cents + gross_cents
    net = half_up(sold.net_cents * so_far, whole) - gone
    least = max(0, gross_cents - one.left_tax_cents)
    net = max(least, min(net, gross_cents, one.left_cents))
    return CreditLine(
        sold.product,
        account or sold.liability_account,
        net,
        sold.tax_name,
        gross_cents - net,
        sold.liability_account,
    )
