"""Issues the invoices of a batch of dues of one location."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from billing import invoices, numbers
from billing.models import Invoice, InvoiceLine, PaymentAttempt
from billing.rules import invoice as rule
from billing.rules.invoice import InvoiceAmounts
from config.db import insert_many
from config.errors import Refused
from config.ids import new_id
from locations import ledger
from locations.models import Location
from locations.rules.tax_rates import TaxRateValue
from membership import credits, memberships, periods
from membership.rules.credits import GrantRow
from membership.rules.due import Due, HeldBack


@dataclass(frozen=True, slots=True)
class Computed:
    """A due with its invoice, before anything is written."""

    due: Due
    amounts: InvoiceAmounts


@dataclass(frozen=True, slots=True)
class Issued:
    """What one batch wrote; amounts in minor units."""

    count: int
    total_cents: int
    held: tuple[HeldBack, ...]


def compute(
    dues: Sequence[Due], *, rates: Mapping[str, TaxRateValue], currency: str
) -> tuple[list[Computed], list[HeldBack]]:
    """Invoices of these dues, and who is held back with the reason. Writes nothing."""
    computed: list[Computed] = []
    held: list[HeldBack] = []
    for due in dues:
        try:
            computed.append(Computed(due, rule.for_due(due, rates, currency=currency)))
        except Refused as refused:
            held.append(HeldBack(due.membership_id, refused.code, refused.message))
    return computed, held


def issue(
    dues: Sequence[Due],
    *,
    location: Location,
    rates: Mapping[str, TaxRateValue],
    on: date,
    charge_from: datetime,
    now: datetime,
) -> Issued:
    """T0: everything that makes these periods billed, in the caller's one transaction.

    Invoices with lines, tax and numbers, postings, provisional credits, attempt 1 `ready`,
    and each membership advanced by exactly one period. One due or five hundred.
    """
    computed, held = compute(dues, rates=rates, currency=location.currency)
    if not computed:
        return Issued(0, 0, tuple(held))
    memberships.advance([c.due for c in computed], now=now)
    ids = [new_id() for _ in computed]
    first = numbers.take(location.id, year=on.year, count=len(computed))
    insert_many(
        Invoice,
        [
            _open_invoice(c, id_, location, on, first + k, now)
            for k, (c, id_) in enumerate(zip(computed, ids, strict=True))
        ],
    )
    insert_many(
        InvoiceLine,
        [
            row
            for c, id_ in zip(computed, ids, strict=True)
            for row in invoices.line_rows(id_, c.amounts.lines)
        ],
    )
    insert_many(
        PaymentAttempt, [invoices.attempt_row(i, location.id, charge_from, now) for i in ids]
    )
    credits.grant_many([row for c in computed for row in _provisional(c.due)], now=now)
    ledger.post(
        [
            invoices.sale_entry(id_, on=on, location=location, lines=c.amounts.lines)
            for c, id_ in zip(computed, ids, strict=True)
        ],
        now=now,
    )
    total = sum(c.amounts.total_cents for c in computed)
    return Issued(len(computed), total, tuple(held))


def _open_invoice(
    found: Computed, id_: UUID, location: Location, on: date, seq: int, now: datetime
) -> dict[str, Any]:
    due, amounts = found.due, found.amounts
    return {
        "id": id_,
        "location_id": location.id,
        "member_id": due.member_id,
        "reason": due.reason,
        "source_id": due.period_id,
        "membership_id": due.membership_id,
        "consent_id": due.consent_id,
        "state": "open",
        "issued_on": on,
        "currency": due.currency,
        "net_cents": amounts.net_cents,
        "tax_cents": amounts.tax_cents,
        "total_cents": amounts.total_cents,
        "paid_cents": 0,
        "credited_cents": 0,
        "refunds_owed_cents": 0,
        "created_at": now,
        "finalised_at": now,
        **invoices.numbered(location, on, seq),
    }


def _provisional(due: Due) -> list[GrantRow]:
    """A renewal's credits may be spent before it is paid; a first period's may not."""
    return periods.grant_for(due, state="provisional") if due.reason == "renewal" else []
