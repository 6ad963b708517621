"""What a disputed payment does to the books: held by the network, given back, or gone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from locations.rules.entries import Entry, Leg, line_of, moving
from locations.rules.sides import within


class NotOwed(NamedTuple):
    """Value that a lost dispute takes from a member: minor units on an account of promises.

    It lies at the location whose books carry it, and is of a product.
    """

    account: str
    location_id: UUID
    product: str
    cents: int


def dispute_opened(
    *,
    dispute_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    invoice_id: UUID,
) -> Entry:
    """The network holds what a member had paid, until a bank decides."""
    return _entry(
        "dispute_opened",
        dispute_id,
        on,
        currency,
        location_id,
        invoice_id,
        within("disputed", "stripe_clearing", location_id, amount_cents),
    )


def dispute_won(
    *,
    dispute_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    invoice_id: UUID,
) -> Entry:
    """The bank decided for the studio: the money is back at Stripe."""
    return _entry(
        "dispute_won",
        dispute_id,
        on,
        currency,
        location_id,
        invoice_id,
        within("stripe_clearing", "disputed", location_id, amount_cents),
    )


def dispute_lost(
    *,
    dispute_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    invoice_id: UUID,
    promised_cents: int,
    revoked: Sequence[NotOwed],
) -> Entry:
    """The bank decided for the cardholder: the money is gone.

    First it keeps what was promised back (`promised_cents` of refunds due), then it takes the
    value of what is revoked; the rest, delivered sessions and the tax on them among it, is a
    loss. Revoked value beyond the money is not owed to anybody any more: breakage. What another
    location's books carried, that location owes.
    """
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
    return _entry("dispute_lost", dispute_id, on, currency, location_id, invoice_id, legs)


def _entry(
    kind: str,
    dispute_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    invoice_id: UUID,
    legs: Sequence[Leg],
) -> Entry:
    return Entry(
        kind=kind,
        source_type="dispute",
        source_id=dispute_id,
        occurred_on=on,
        currency=currency,
        legs=moving(*legs),
        sold_at=location_id,
        invoice_id=invoice_id,
    )
