"""One invoice as rows: a draft that waits for its payment, or one that is open at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from billing.invoices import numbers
from billing.models import Invoice, InvoiceDiscount, InvoiceLine, PaymentAttempt
from billing.rules import invoice as rule
from billing.rules.invoice import InvoiceAmounts, Line
from billing.taxed import taxed_months
from config.db import db, insert_columns, insert_many
from config.ids import new_id
from locations import ledger
from locations.models import Location
from locations.rules import claims, entries
from membership.rules.discount import Discount


def draft(
    amounts: InvoiceAmounts,
    *,
    reason: str,
    source_id: UUID,
    member_id: UUID,
    membership_id: UUID | None,
    consent_id: UUID | None,
    location: Location,
    on: date,
    now: datetime,
) -> Invoice:
    """A sale that waits for its payment: no number, no postings, no credits yet."""
    found = Invoice(
        id=new_id(),
        location_id=location.id,
        member_id=member_id,
        reason=reason,
        source_id=source_id,
        membership_id=membership_id,
        consent_id=consent_id,
        state="draft",
        issued_on=on,
        currency=location.currency,
        net_cents=amounts.net_cents,
        tax_cents=amounts.tax_cents,
        total_cents=amounts.total_cents,
        paid_cents=0,
        credited_cents=0,
        refunds_owed_cents=0,
        created_at=now,
    )
    db.session.add(found)
    db.session.flush()
    insert_many(InvoiceLine, line_rows(found.id, amounts.lines))
    if amounts.discounts:
        insert_many(InvoiceDiscount, discount_rows(found.id, amounts.discounts))
    return found


def open_one(
    amounts: InvoiceAmounts,
    *,
    reason: str,
    source_id: UUID,
    member_id: UUID,
    consent_id: UUID | None,
    location: Location,
    on: date,
    now: datetime,
) -> Invoice:
    """A finalised invoice beside any membership: numbered, posted, attempt 1 ready from now."""
    found = draft(
        amounts,
        reason=reason,
        source_id=source_id,
        member_id=member_id,
        membership_id=None,
        consent_id=consent_id,
        location=location,
        on=on,
        now=now,
    )
    columns = finalise(found.id, lines=amounts.lines, location=location, on=on, now=now)
    for column, value in {**columns, "state": "open"}.items():
        setattr(found, column, value)
    db.session.flush()
    insert_columns(PaymentAttempt, attempt_columns([found.id], location.id, now, now))
    return found


def finalise(
    invoice_id: UUID, *, lines: Sequence[Line], location: Location, on: date, now: datetime
) -> dict[str, Any]:
    """Number a draft and book its sale; returns the columns that the caller writes with its own.

    Called inside the transaction that also pays it, so that an unpaid sale leaves no gap.
    """
    seq = numbers.take(location.id, year=on.year, count=1)
    ledger.post([sale_entry(invoice_id, on=on, location=location, lines=lines)], now=now)
    taxed_months.sold(location.id, [lines], on=on, now=now)
    return {**numbered(location, on, seq), "issued_on": on, "finalised_at": now}


def sale_entry(
    invoice_id: UUID, *, on: date, location: Location, lines: Sequence[Line]
) -> entries.Entry:
    """The books of a finalised invoice: owed by the member, owed to them and to the state."""
    return claims.sale(
        invoice_id=invoice_id,
        on=on,
        currency=location.currency,
        location_id=location.id,
        home_at=location.id,
        lines=[
            entries.SaleLine(
                found.product,
                found.liability_account,
                found.net_cents,
                found.tax_name,
                found.tax_cents,
            )
            for found in lines
        ],
    )


def line_rows(invoice_id: UUID, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Rows of invoice_line, numbered from 1."""
    return [
        {
            "invoice_id": invoice_id,
            "n": n,
            **found._asdict(),
        }
        for n, found in enumerate(lines, start=1)
    ]


def discount_rows(invoice_id: UUID, discounts: Sequence[Discount]) -> list[dict[str, Any]]:
    """Rows of invoice_discount: what was taken off which line."""
    return [{"invoice_id": invoice_id, **found._asdict()} for found in discounts]


def numbered(location: Location, on: date, seq: int) -> dict[str, Any]:
    """The columns that a number fills."""
    return {
        "number_year": on.year,
        "number_seq": seq,
        "number": rule.number(location.number_prefix, on.year, seq),
    }


def attempt_columns(
    invoice_ids: Sequence[UUID], location_id: UUID, not_before: datetime, now: datetime
) -> dict[str, Sequence[Any]]:
    """Attempt 1 of open invoices, ready from an instant on."""
    always = {
        "location_id": location_id,
        "n": 1,
        "kind": "off_session",
        "state": "ready",
        "not_before": not_before,
        "looks": 0,
        "created_at": now,
    }
    return {
        "id": [new_id() for _ in invoice_ids],
        "invoice_id": invoice_ids,
        **{name: [value] * len(invoice_ids) for name, value in always.items()},
    }
