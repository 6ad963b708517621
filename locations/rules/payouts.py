"""What Stripe keeps of a payment and what it sends to the bank, as postings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from locations.rules.entries import Entry, Leg, moving
from locations.rules.sides import within


def processor_fee(
    *, move_id: UUID, on: date, currency: str, location_id: UUID, fee_cents: int
) -> Entry:
    """Stripe kept its fee of a movement; a fee given back is negative."""
    return Entry(
        kind="processor_fee",
        source_type="balance_transaction",
        source_id=move_id,
        occurred_on=on,
        currency=currency,
        legs=within("processor_fees", "stripe_clearing", location_id, fee_cents),
        sold_at=location_id,
    )


def payout(*, payout_id: UUID, on: date, currency: str, parts: Mapping[UUID, int]) -> Entry:
    """Money went to the bank; `parts` is what each location's movements bring, minor units.

    A part is negative where more went back than came in.
    """
    sides: list[Leg] = []
    for location_id in sorted(parts):
        sides.append(Leg("bank", location_id, parts[location_id]))
        sides.append(Leg("stripe_clearing", location_id, -parts[location_id]))
    return Entry(
        kind="payout",
        source_type="payout",
        source_id=payout_id,
        occurred_on=on,
        currency=currency,
        legs=moving(*sides),
    )


def payout_failed(
    *,
    payout_id: UUID,
    on: date,
    currency: str,
    legs: Sequence[Leg],
    corrects_id: UUID,
    reason: str,
) -> Entry:
    """The bank sent a payout back: the opposite of `legs`, its sides as they were booked."""
    return Entry(
        kind="payout_failed",
        source_type="payout",
        source_id=payout_id,
        occurred_on=on,
        currency=currency,
        legs=tuple(leg._replace(amount_cents=-leg.amount_cents) for leg in legs),
        corrects_id=corrects_id,
        reason=reason,
    )
