"""A change of a held plan, as postings beside its sale: value that goes on under other terms."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from locations.rules.entries import Entry, Leg, moving

Deferred = Literal["deferred_sessions", "deferred_time"]


def value_moved(
    *,
    change_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    value_cents: int,
    source: Deferred,
    to: Deferred,
    held: str,
    product: str,
) -> Entry:
    """What is still deferred of the plan `held` is owed by the new one, `product`; sessions may
    become time, or time sessions.
    """
    legs = (
        Leg(source, location_id, value_cents, held),
        Leg(to, location_id, -value_cents, product),
    )
    return _entry("change_moved", change_id, on, currency, location_id, legs, product)


def value_earned(
    *, change_id: UUID, on: date, currency: str, location_id: UUID, value_cents: int, product: str
) -> Entry:
    """Paid for days that bring no further session, with none left to hold it: earned at once."""
    legs = (
        Leg("deferred_sessions", location_id, value_cents, product),
        Leg("earned_sessions", location_id, -value_cents),
    )
    return _entry("change_earned", change_id, on, currency, location_id, legs, product)


def value_conceded(
    *,
    change_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    value_cents: int,
    account: Deferred,
    product: str,
) -> Entry:
    """Given back as it was quoted although it was used before the payment arrived: goodwill.

    A negative value is what came back in between, and is kept.
    """
    legs = (
        Leg("concessions", location_id, value_cents),
        Leg(account, location_id, -value_cents, product),
    )
    return _entry("change_conceded", change_id, on, currency, location_id, legs, product)


def _entry(
    kind: str,
    change_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    legs: tuple[Leg, ...],
    product: str,
) -> Entry:
    return Entry(
        kind=kind,
        source_type="plan_change",
        source_id=change_id,
        occurred_on=on,
        currency=currency,
        legs=moving(*legs),
        sold_at=location_id,
        home_at=location_id,
        delivered_at=location_id,
        product=product,
    )
