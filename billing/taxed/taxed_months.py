"""Keeps what each tax was charged on by month, in the transaction that books it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.models import InvoiceLine, TaxedMonth
from billing.rules.invoice import Line
from billing.rules.standings import CreditLine
from config.bulk import transposed
from config.calendar import month_of
from config.db import core, insert_columns
from locations import ledger, locked_months


class Rate(NamedTuple):
    """A tax and the class of product that it was charged on; also the order of their locks."""

    tax_name: str
    tax_rate_ppm: int
    product_class: str


class Sums(NamedTuple):
    """What was charged on, its tax, and both as they were credited; minor units."""

    base_cents: int = 0
    tax_cents: int = 0
    credited_base_cents: int = 0
    credited_tax_cents: int = 0


def sold(location_id: UUID, invoices: Sequence[Sequence[Line]], *, on: date, now: datetime) -> None:
    """Count the lines of these invoices, booked as of `on`, in the caller's transaction.

    Those that share their lines, as most of a run do, are counted together.
    """
    alike = Counter(id(lines) for lines in invoices)
    sums: dict[Rate, Sums] = {}
    for lines in {id(lines): lines for lines in invoices}.values():
        times = alike[id(lines)]
        for line in lines:
            rate = Rate(line.tax_name, line.tax_rate_ppm, line.product_class)
            had = sums.get(rate, Sums())
            sums[rate] = Sums(
                had.base_cents + line.net_cents * times, had.tax_cents + line.tax_cents * times
            )
    _add_up(location_id, sums, on=on, now=now)


def credited(
    location_id: UUID, lines: Sequence[CreditLine], *, invoice_id: UUID, on: date, now: datetime
) -> None:
    """Count the lines of a credit note, booked as of `on`, in the caller's transaction."""
    rates = _rates_of(invoice_id)
    sums: dict[Rate, Sums] = {}
    for line in lines:
        rate = rates[line.tax_name, line.sold_as]
        had = sums.get(rate, Sums())
        sums[rate] = Sums(
            credited_base_cents=had.credited_base_cents + line.net_cents,
            credited_tax_cents=had.credited_tax_cents + line.tax_cents,
        )
    _add_up(location_id, sums, on=on, now=now)


def _rates_of(invoice_id: UUID) -> Mapping[tuple[str, str], Rate]:
    """The rate and class of what an invoice sold under a tax to an account: its first line's."""
    line = InvoiceLine
    query = sa.select(
        line.tax_name, line.liability_account, line.tax_rate_ppm, line.product_class
    ).where(line.invoice_id == invoice_id)
    return {
        (name, account): Rate(name, ppm, kind)
        for name, account, ppm, kind in map(tuple, core(query.order_by(line.n.desc())))
    }


def _add_up(location_id: UUID, sums: Mapping[Rate, Sums], *, on: date, now: datetime) -> None:
    """Add to the months' rows, in the order of their keys: unsorted writers would deadlock."""
    rows = sorted((rate, added) for rate, added in sums.items() if any(added))
    if not rows:
        return
    always = {
        "location_id": location_id,
        "month": month_of(locked_months.booked_on(on, now=now)),
        "slot": ledger.slot(),
    }
    columns = {
        **{name: [value] * len(rows) for name, value in always.items()},
        **transposed([rate for rate, _ in rows])._asdict(),
        **transposed([added for _, added in rows])._asdict(),
    }
    insert_columns(TaxedMonth, columns, adding=Sums._fields)
