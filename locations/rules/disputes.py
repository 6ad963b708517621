"""What a disputed payment does to the books: held by the network, given back, or gone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from locations.rules.entries import Entry, Leg, line_of, moving


class NotOwed(NamedTuple):
    """Value that a lost dispute takes from a member: minor units on an account of promises.

    It lies at the location whose books carry it, and is of a product.
    """

    account: str
    location_id: UUID
    product: str
    cents: int


class Disputed(NamedTuple):
    """A dispute on a date of the books, over so many minor units of an invoice of a location."""

    dispute_id: UUID
    on: date
    currency: str
    location_id: UUID
    amount_cents: int
    invoice_id: UUID


def dispute_opened(about: Disputed) -> Entry:
    """The network holds what a member had paid, until a bank decides."""
    return _entry("dispute_opened", about, _moved("stripe_clearing", "disputed", about))


def dispute_won(about: Disputed) -> Entry:
    """The bank decided for the studio: the money is back at Stripe."""
    return _entry("dispute_won", about, _moved("disputed", "stripe_clearing", about))


def dispute_lost(about: Disputed, *, promised_cents: int, revoked: Sequence[NotOwed]) -> Entry:
    """The bank decided for the cardholder: the money is gone.

    First it keeps what was promised back (`promised_cents` of refunds due), then it takes the
    value of what is revoked; the rest, delivered sessions and the tax on them among it, is a
    loss. Revoked value beyond the money is not owed to anybody any more: breakage. What another
    location's books carried, that location owes.
    """
    location_id, amount_cents = about.location_id, about.amount_cents
    legs = [Leg("refunds_due", location_id, promised_cents)]
    for one in revoked:
        detail = line_of(one.account, one.product)
        legs.append(Leg(one.account, one.location_id, one.cents, detail))
        if one.location_id != location_id:
            legs.append(Leg("due_to", one.location_id, -one.cents, str(location_id)))
            legs.append(Leg("due_from", location_id, one.cents, str(one.location_id)))
    rest = amount_cents - promised_cents - sum(one.cents for one in revoked)
    if rest < 0:
        legs.append(Leg("breakage", location_id, rest, revoked[0].product))
    else:
        legs.append(Leg("dispute_losses", location_id, rest))
    legs.append(Leg("disputed", location_id, -amount_cents))
    return _entry("dispute_lost", about, legs)


def dispute_kept(
    *,
    refund_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    invoice_id: UUID,
) -> Entry:
    """A refund that was under way when the dispute was lost never left: what the bank took was,
    so far, a loss, and keeps that promise now.
    """
    return Entry(
        kind="dispute_kept",
        source_type="refund",
        source_id=refund_id,
        occurred_on=on,
        currency=currency,
        legs=moving(
            Leg("refunds_due", location_id, amount_cents),
            Leg("dispute_losses", location_id, -amount_cents),
        ),
        sold_at=location_id,
        invoice_id=invoice_id,
    )


def _moved(from_account: str, to_account: str, about: Disputed) -> Sequence[Leg]:
    return (
        Leg(to_account, about.location_id, about.amount_cents),
        Leg(from_account, about.location_id, -about.amount_cents),
    )


def _entry(kind: str, about: Disputed, legs: Sequence[Leg]) -> Entry:
    return Entry(
        kind=kind,
        source_type="dispute",
        source_id=about.dispute_id,
        occurred_on=about.on,
        currency=about.currency,
        legs=moving(*legs),
        sold_at=about.location_id,
        invoice_id=about.invoice_id,
    )
