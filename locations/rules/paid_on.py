"""What the books owe to others and then pay, as postings: taxes to a state, studios each other."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from locations.rules.entries import Entry, Leg, moving

TAX_REMITTED = "tax_remitted"
SETTLED = "settlement"


def tax_remitted(
    *,
    remittance_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    tax_name: str,
    amount_cents: int,
) -> Entry:
    """Tax of one rate went from the bank to the state."""
    return Entry(
        kind=TAX_REMITTED,
        source_type="tax_remittance",
        source_id=remittance_id,
        occurred_on=on,
        currency=currency,
        legs=moving(
            Leg("sales_tax", location_id, amount_cents, tax_name),
            Leg("bank", location_id, -amount_cents),
        ),
    )


def settled(
    *,
    settlement_id: UUID,
    on: date,
    currency: str,
    debtor_id: UUID,
    creditor_id: UUID,
    amount_cents: int,
) -> Entry:
    """One location paid another what it owed it, from bank to bank."""
    return Entry(
        kind=SETTLED,
        source_type="settlement",
        source_id=settlement_id,
        occurred_on=on,
        currency=currency,
        legs=moving(
            Leg("due_to", debtor_id, amount_cents, str(creditor_id)),
            Leg("bank", debtor_id, -amount_cents),
            Leg("bank", creditor_id, amount_cents),
            Leg("due_from", creditor_id, -amount_cents, str(debtor_id)),
        ),
    )
