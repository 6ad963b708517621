"""What must hold of the monthly sums of what each tax was charged on."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from billing.models import CreditNoteLine, InvoiceLine, TaxedMonth
from billing.taxed import taxed_lines
from config.doctor import Breach, Doctor, breach, differing
from locations.models import JournalEntry

_SUMS = {
    "base_cents": (taxed_lines.sold, InvoiceLine.net_cents),
    "tax_cents": (taxed_lines.sold, InvoiceLine.tax_cents),
    "credited_base_cents": (taxed_lines.credited, CreditNoteLine.net_cents),
    "credited_tax_cents": (taxed_lines.credited, CreditNoteLine.tax_cents),
}


def register(doctor: Doctor) -> None:
    """Add the invariant of taxed sales: what a report reads is what the lines say."""
    doctor.register(
        "L24",
        "every monthly sum of taxed sales equals the lines that are booked",
        *_OFF,
    )


def _off(name: str) -> Breach:
    def query() -> sa.Select:
        lines, cents = _SUMS[name]
        month = TaxedMonth
        kept = sa.select(
            month.location_id,
            *_parts(month.month),
            month.tax_name,
            month.tax_rate_ppm,
            month.product_class,
            month.__table__.c[name],
        )
        at = JournalEntry.sold_at.label("location_id")
        return differing(
            kept, lines(at, *_parts(JournalEntry.occurred_on), *taxed_lines.RATE, cents)
        )

    def sentence(row: Any) -> str:
        what = f"{name} of {row.tax_name!r} on {row.product_class} at {row.location_id}"
        return f"{what}, {row.year}-{row.month:02}: the sum is {row.said}, its lines {row.meant}"

    return breach(sentence)(query)


def _parts(day: Any) -> tuple[sa.Label[int], ...]:
    parts = ("year", "month")
    return tuple(sa.cast(sa.extract(part, day), sa.Integer).label(part) for part in parts)


# Made once: the doctor knows by the checks whether its one statement is written already.
_OFF = tuple(map(_off, _SUMS))
