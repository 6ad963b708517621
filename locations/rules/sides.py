"""Value that moves from one account to another, at one location or between two, as sides."""

from __future__ import annotations

from uuid import UUID

from locations.rules.entries import Leg, moving


def within(debit: str, credit: str, location_id: UUID, cents: int) -> tuple[Leg, ...]:
    """Both sides at one location; a negative amount is the opposite."""
    return moving(Leg(debit, location_id, cents), Leg(credit, location_id, -cents))


def across(
    debit: str, debit_at: UUID, credit: str, credit_at: UUID, cents: int, *, product: str = ""
) -> tuple[Leg, ...]:
    """A debit at one location, its credit at another, through what the first one owes then.

    `product` is the detail of the debit, where its account keeps one.
    """
    if debit_at == credit_at:
        return moving(Leg(debit, debit_at, cents, product), Leg(credit, credit_at, -cents))
    return moving(
        Leg(debit, debit_at, cents, product),
        Leg("due_to", debit_at, -cents, str(credit_at)),
        Leg("due_from", credit_at, cents, str(debit_at)),
        Leg(credit, credit_at, -cents),
    )
