"""What members use or lose, as postings: sessions, service days, expired credits."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from locations.rules.entries import Entry, Leg, moving
from locations.rules.sides import across


def redemption(
    *,
    entry_id: UUID,
    on: date,
    currency: str,
    sold_at: UUID,
    delivered_at: UUID,
    value_cents: int,
    product: str,
    home_at: UUID | None,
) -> Entry:
    """A session was given: its value is earned where it was given, on that studio's date.

    `entry_id` is the credit movement. Elsewhere than where it was sold, the seller owes the
    deliverer the value.
    """
    return Entry(
        kind="redemption",
        source_type="credit_entry",
        source_id=entry_id,
        occurred_on=on,
        currency=currency,
        legs=_delivery(sold_at, delivered_at, value_cents, product),
        sold_at=sold_at,
        home_at=home_at,
        delivered_at=delivered_at,
        product=product,
    )


def redemption_undone(
    *,
    entry_id: UUID,
    corrects_id: UUID | None,
    on: date,
    currency: str,
    sold_at: UUID,
    delivered_at: UUID,
    value_cents: int,
    product: str,
    home_at: UUID | None,
    reason: str,
) -> Entry:
    """The opposite of a redemption, linked to its journal entry `corrects_id`.

    `entry_id` is the credit movement that gives the session back.
    """
    return Entry(
        kind="redemption_undone",
        source_type="credit_entry",
        source_id=entry_id,
        occurred_on=on,
        currency=currency,
        legs=_delivery(sold_at, delivered_at, -value_cents, product),
        sold_at=sold_at,
        home_at=home_at,
        delivered_at=delivered_at,
        product=product,
        corrects_id=corrects_id,
        reason=reason,
    )


def expiry(
    *,
    source_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    value_cents: int,
    to: Literal["breakage", "expired_refundable"],
    product: str,
) -> Entry:
    """Credits ended unused: kept as breakage, or still claimable in cash. Sends no money.

    `source_id` is the credit movement that took them.
    """
    return Entry(
        kind="expiry",
        source_type="credit_entry",
        source_id=source_id,
        occurred_on=on,
        currency=currency,
        legs=moving(
            Leg("deferred_sessions", location_id, value_cents, product),
            Leg(to, location_id, -value_cents, product),
        ),
        sold_at=location_id,
        product=product,
    )


def expiry_undone(
    *,
    entry_id: UUID,
    corrects_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    value_cents: int,
    back_from: str,
    product: str,
    reason: str,
) -> Entry:
    """Expired credits are given back: the opposite of the expiry `corrects_id`, with the reason.

    `entry_id` is the credit movement that gives them back; `back_from` the account that the
    expiry had put their value into.
    """
    return Entry(
        kind="expiry_undone",
        source_type="credit_entry",
        source_id=entry_id,
        occurred_on=on,
        currency=currency,
        legs=moving(
            Leg(back_from, location_id, value_cents, product),
            Leg("deferred_sessions", location_id, -value_cents, product),
        ),
        sold_at=location_id,
        product=product,
        corrects_id=corrects_id,
        reason=reason,
    )


def time_earned(
    *, source_id: UUID, on: date, currency: str, location_id: UUID, plan: str, value_cents: int
) -> Entry:
    """A service day of a plan by time has passed; one entry per location, plan and day."""
    return Entry(
        kind="time_earned",
        source_type="plan_day",
        source_id=source_id,
        occurred_on=on,
        currency=currency,
        legs=moving(
            Leg("deferred_time", location_id, value_cents, plan),
            Leg("earned_time", location_id, -value_cents),
        ),
        sold_at=location_id,
        home_at=location_id,
        delivered_at=location_id,
        product=plan,
    )


def _delivery(sold_at: UUID, delivered_at: UUID, value_cents: int, product: str) -> tuple[Leg, ...]:
    return across(
        "deferred_sessions", sold_at, "earned_sessions", delivered_at, value_cents, product=product
    )
