"""Issues the invoices of a batch of dues of one location."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from billing.invoices import invoices, numbers
from billing.models import Invoice, InvoiceDiscount, InvoiceLine, PaymentAttempt
from billing.rules import invoice as rule
from billing.runs import due_amounts
from billing.runs.due_amounts import Computed
from billing.taxed import taxed_months
from billing.tenders import credit_pays
from config.bulk import transposed
from config.db import insert_columns, insert_many
from config.ids import new_id
from locations import ledger
from locations.models import Location
from locations.rules import entries
from locations.rules.tax_rates import TaxRateValue
from membership.credits import credits
from membership.people import exemptions
from membership.plans import periods, promo_periods, renewals
from membership.rules.credits import GrantRow
from membership.rules.due import Due, HeldBack


@dataclass(frozen=True, slots=True)
class Issued:
    """What one batch wrote; amounts in minor units."""

    count: int
    total_cents: int
    held: tuple[HeldBack, ...]


def issue(
    dues: Sequence[Due],
    *,
    location: Location,
    rates: Mapping[str, TaxRateValue],
    on: date,
    charge_from: datetime,
    run_id: UUID,
    now: datetime,
) -> Issued:
    """T0: everything that makes these periods billed, in the caller's one transaction.

    Invoices with lines, tax and numbers, postings, provisional credits, attempt 1 `ready`,
    and each membership advanced by exactly one period. One due or five hundred.
    """
    exempt = exemptions.certificates(location.id, on=on) if dues else {}
    computed, held = due_amounts.compute(
        dues, rates=rates, exempt=exempt, currency=location.currency
    )
    if not computed:
        return Issued(0, 0, tuple(held))
    renewals.advance([c.due for c in computed], now=now)
    ids = [new_id() for _ in computed]
    insert_columns(Invoice, _invoice_columns(computed, ids, location, on, run_id, now))
    insert_columns(InvoiceLine, _line_columns(computed, ids))
    insert_columns(PaymentAttempt, invoices.attempt_columns(ids, location.id, charge_from, now))
    _write_discounts(computed, ids)
    credits.grant_many([row for c in computed for row in _provisional(c.due)], now=now)
    ledger.post(_sales(computed, ids, location, on), now=now)
    taxed_months.sold(location.id, [c.amounts.lines for c in computed], on=on, now=now)
    credit_pays.for_many(
        ids,
        [c.due.member_id for c in computed],
        currency=location.currency,
        at=location.id,
        now=now,
    )
    total = sum(c.amounts.total_cents for c in computed)
    return Issued(len(computed), total, tuple(held))


def _write_discounts(computed: Sequence[Computed], ids: Sequence[UUID]) -> None:
    """Say what came off; those codes have one period fewer to go. Most batches have none."""
    those = [(c, i) for c, i in zip(computed, ids, strict=True) if c.amounts.discounts]
    if not those:
        return
    rows = [row for c, i in those for row in invoices.discount_rows(i, c.amounts.discounts)]
    insert_many(InvoiceDiscount, rows)
    promo_periods.count_down([c.due.membership_id for c, _ in those])


def _invoice_columns(
    computed: Sequence[Computed],
    ids: Sequence[UUID],
    location: Location,
    on: date,
    run_id: UUID,
    now: datetime,
) -> dict[str, Sequence[Any]]:
    count = len(computed)
    due = transposed([c.due for c in computed])
    amounts = transposed([c.amounts for c in computed])
    first = numbers.take(location.id, year=on.year, count=count)
    always = {
        "location_id": location.id,
        "state": "open",
        "issued_on": on,
        "paid_cents": 0,
        "credited_cents": 0,
        "refunds_owed_cents": 0,
        "run_id": run_id,
        "created_at": now,
        "finalised_at": now,
        "number_year": on.year,
    }
    sequence = range(first, first + count)
    return {
        "id": ids,
        "member_id": due.member_id,
        "reason": due.reason,
        "source_id": due.period_id,
        "membership_id": due.membership_id,
        "consent_id": due.consent_id,
        "currency": due.currency,
        "net_cents": amounts.net_cents,
        "tax_cents": amounts.tax_cents,
        "total_cents": amounts.total_cents,
        "number_seq": sequence,
        "number": [rule.number(location.number_prefix, on.year, seq) for seq in sequence],
        **{name: [value] * count for name, value in always.items()},
    }


def _line_columns(computed: Sequence[Computed], ids: Sequence[UUID]) -> dict[str, Sequence[Any]]:
    lines = [line for c in computed for line in c.amounts.lines]
    return {
        "invoice_id": [i for c, i in zip(computed, ids, strict=True) for _ in c.amounts.lines],
        "n": [n for c in computed for n in range(1, len(c.amounts.lines) + 1)],
        **transposed(lines)._asdict(),
    }


def _sales(
    computed: Sequence[Computed], ids: Sequence[UUID], location: Location, on: date
) -> list[entries.Entry]:
    """An entry per invoice; those of the same amounts share their legs."""
    like: dict[int, entries.Entry] = {}
    sales: list[entries.Entry] = []
    for (_, amounts), invoice_id in zip(computed, ids, strict=True):
        sale = like.get(id(amounts))
        if sale is None:
            sale = invoices.sale_entry(invoice_id, on=on, location=location, lines=amounts.lines)
            like[id(amounts)] = sale
        sales.append(sale._replace(source_id=invoice_id, invoice_id=invoice_id))
    return sales


def _provisional(due: Due) -> list[GrantRow]:
    """A renewal's credits may be spent before it is paid; a first period's may not."""
    return periods.grant_for(due, state="provisional") if due.reason == "renewal" else []
