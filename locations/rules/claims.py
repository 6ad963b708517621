"""What members owe and pay, as postings: sales, payments, credit notes, write-offs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from locations.rules.entries import SOLD_TO, Entry, Leg, SaleLine, Unbalanced, moving


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
        legs=moving(Leg("receivable", location_id, gross), *sides),
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
        legs=moving(
            Leg("stripe_clearing", location_id, amount_cents),
            Leg("receivable", location_id, -amount_cents),
        ),
        sold_at=location_id,
        invoice_id=invoice_id,
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
        legs=moving(
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
        legs=moving(
            Leg("bad_debt", location_id, amount_cents),
            Leg("receivable", location_id, -amount_cents),
        ),
        sold_at=location_id,
        invoice_id=invoice_id,
    )
