"""Which postings an event makes, as values ready to be posted.

Sides worth nothing are left out; an entry without a single side says that the books do not
move, and posting it writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from locations.rules.entries import SOLD_TO, Entry, Leg, SaleLine, Unbalanced, check

__all__ = [
    "Entry",
    "Leg",
    "SaleLine",
    "Unbalanced",
    "check",
    "credit_note",
    "expiry",
    "payment",
    "redemption",
    "redemption_undone",
    "sale",
    "time_earned",
    "written_off",
]


def sale(
    *,
    invoice_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    home_at: UUID | None,
    lines: Sequence[SaleLine],
) -> Entry:
    """An invoice is finalised: owed by the member, owed to the member and to the tax office."""
    gross = 0
    sides: list[Leg] = []
    for product, account, net_cents, tax_name, tax_cents in lines:
        if account not in SOLD_TO:
            raise Unbalanced(f"{product} cannot be sold to the account {account!r}")
        gross += net_cents + tax_cents
        sides.append(Leg(account, location_id, -net_cents))
        sides.append(Leg("sales_tax", location_id, -tax_cents, tax_name))
    return Entry(
        kind="sale",
        source_type="invoice",
        source_id=invoice_id,
        occurred_on=on,
        currency=currency,
        legs=_moving(Leg("receivable", location_id, gross), *sides),
        sold_at=location_id,
        home_at=home_at,
        product=lines[0].product if len(lines) == 1 else "",
        invoice_id=invoice_id,
    )


def payment(
    *,
    payment_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    invoice_id: UUID,
) -> Entry:
    """A card paid an invoice: Stripe now holds what the member owed."""
    return Entry(
        kind="payment",
        source_type="payment",
        source_id=payment_id,
        occurred_on=on,
        currency=currency,
        legs=_moving(
            Leg("stripe_clearing", location_id, amount_cents),
            Leg("receivable", location_id, -amount_cents),
        ),
        sold_at=location_id,
        invoice_id=invoice_id,
    )


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
        legs=_delivery(sold_at, delivered_at, value_cents),
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
        legs=_delivery(sold_at, delivered_at, -value_cents),
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
        legs=_moving(
            Leg("deferred_sessions", location_id, value_cents),
            Leg(to, location_id, -value_cents),
        ),
        sold_at=location_id,
        product=product,
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
        legs=_moving(
            Leg("deferred_time", location_id, value_cents),
            Leg("earned_time", location_id, -value_cents),
        ),
        sold_at=location_id,
        home_at=location_id,
        delivered_at=location_id,
        product=plan,
    )


def credit_note(
    *,
    credit_note_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    liability_account: str,
    net_cents: int,
    tax_name: str,
    tax_cents: int,
    invoice_id: UUID,
    product: str,
) -> Entry:
    """Part of an invoice is no longer owed: what is still deferred goes, with its tax."""
    return Entry(
        kind="credit_note",
        source_type="credit_note",
        source_id=credit_note_id,
        occurred_on=on,
        currency=currency,
        legs=_moving(
            Leg(liability_account, location_id, net_cents),
            Leg("sales_tax", location_id, tax_cents, tax_name),
            Leg("receivable", location_id, -(net_cents + tax_cents)),
        ),
        sold_at=location_id,
        product=product,
        invoice_id=invoice_id,
    )


def written_off(
    *, invoice_id: UUID, on: date, currency: str, location_id: UUID, amount_cents: int
) -> Entry:
    """What was used and never paid is given up."""
    return Entry(
        kind="written_off",
        source_type="invoice",
        source_id=invoice_id,
        occurred_on=on,
        currency=currency,
        legs=_moving(
            Leg("bad_debt", location_id, amount_cents),
            Leg("receivable", location_id, -amount_cents),
        ),
        sold_at=location_id,
        invoice_id=invoice_id,
    )


def _delivery(sold_at: UUID, delivered_at: UUID, value_cents: int) -> tuple[Leg, ...]:
    if sold_at == delivered_at:
        return _moving(
            Leg("deferred_sessions", sold_at, value_cents),
            Leg("earned_sessions", sold_at, -value_cents),
        )
    return _moving(
        Leg("deferred_sessions", sold_at, value_cents),
        Leg("due_to", sold_at, -value_cents, str(delivered_at)),
        Leg("due_from", delivered_at, value_cents, str(sold_at)),
        Leg("earned_sessions", delivered_at, -value_cents),
    )


def _moving(*legs: Leg) -> tuple[Leg, ...]:
    return tuple(leg for leg in legs if leg.amount_cents)
