"""What members owe and pay, as postings: sales, payments, credit notes, write-offs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from locations.rules.entries import BOOKED_TO, Entry, Leg, SaleLine, Unbalanced, line_of, moving
from locations.rules.sides import within

Owed = Literal["receivable", "refunds_due"]


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
        if account not in BOOKED_TO:
            raise Unbalanced(f"{product} cannot be sold to the account {account!r}")
        gross += net_cents + tax_cents
        sides.append(Leg(account, location_id, -net_cents, line_of(account, product)))
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
        legs=within("stripe_clearing", "receivable", location_id, amount_cents),
        sold_at=location_id,
        invoice_id=invoice_id,
    )


def credit_note(
    *,
    credit_note_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    lines: Sequence[SaleLine],
    owed: Owed,
    invoice_id: UUID,
) -> Entry:
    """Part of an invoice is taken back: what it was booked to goes, with its share of the tax.

    `owed` is "receivable" while the invoice is unpaid, so that less is asked for, and
    "refunds_due" once it was paid, so that money will go back.
    """
    gross = sum(line.net_cents + line.tax_cents for line in lines)
    sides: list[Leg] = []
    for line in lines:
        account = line.liability_account
        detail = line_of(account, line.product)
        sides.append(Leg(account, location_id, line.net_cents, detail))
        sides.append(Leg("sales_tax", location_id, line.tax_cents, line.tax_name))
    return Entry(
        kind="credit_note" if owed == "receivable" else "refund_promised",
        source_type="credit_note",
        source_id=credit_note_id,
        occurred_on=on,
        currency=currency,
        legs=moving(*sides, Leg(owed, location_id, -gross)),
        sold_at=location_id,
        product=lines[0].product if len(lines) == 1 else "",
        invoice_id=invoice_id,
    )


def taken_back(
    *,
    source_type: str,
    source_id: UUID,
    on: date,
    currency: str,
    legs: Sequence[Leg],
    corrects_id: UUID | None,
    home_at: UUID | None,
    product: str,
    reason: str,
) -> Entry:
    """The opposite of what was booked of a sale since, so that all of it is deferred again.

    `legs` are the sides as they were booked; `corrects_id` links the one entry they are of.
    """
    return Entry(
        kind="taken_back",
        source_type=source_type,
        source_id=source_id,
        occurred_on=on,
        currency=currency,
        legs=tuple(leg._replace(amount_cents=-leg.amount_cents) for leg in legs),
        home_at=home_at,
        product=product,
        corrects_id=corrects_id,
        reason=reason,
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
        legs=within("bad_debt", "receivable", location_id, amount_cents),
        sold_at=location_id,
        invoice_id=invoice_id,
    )
