"""The journal as files for an accountant: every posting, or a day's journals for QuickBooks.

Both are made of what the books hold and nothing else, in an order that never changes: the same
days asked for again are the same bytes. Each location's day is balanced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from config.db import core
from config.money import minor_digits
from locations.models import JournalEntry, LedgerRollup, Location, Posting
from locations.places import all_ones
from locations.sheets import sheet

Layout = Literal["generic", "quickbooks"]
LAYOUTS: tuple[Layout, ...] = ("generic", "quickbooks")
_GENERIC = (
    "entry", "date", "kind", "source_type", "source", "side", "account", "detail", "location",
    "currency", "debit", "credit", "product", "sold_at", "home_at", "delivered_at", "for_month",
    "corrects", "reason",
)  # fmt: skip
_QUICKBOOKS = (
    "Journal No", "Journal Date", "Account", "Debits", "Credits", "Description", "Name",
    "Currency", "Location", "Class",
)  # fmt: skip


def export(places: Sequence[Location], *, first: date, last: date, layout: Layout) -> str:
    """The file of these locations' business days from `first` to `last`, both included."""
    if layout == "quickbooks":
        return sheet(_QUICKBOOKS, _quickbooks(places, first, last))
    return sheet(_GENERIC, _generic(places, first, last))


def _generic(places: Sequence[Location], first: date, last: date) -> Iterator[list[str | Decimal]]:
    """Every posting by day, location, entry and side."""
    slugs = {place.id: place.slug for place in places}
    every: dict[UUID | None, str] = {place.id: place.slug for place in all_ones()}
    for row in core(_POSTINGS, _asked(slugs, first, last)):
        cents = Decimal(row.amount_cents).scaleb(-minor_digits(row.currency))
        yield [
            str(row.id),
            row.occurred_on.isoformat(),
            row.kind,
            row.source_type,
            str(row.source_id),
            str(row.n + 1),
            row.account,
            _named(row.detail, row.account, every),
            slugs[row.location_id],
            row.currency,
            cents if cents > 0 else "",
            -cents if cents < 0 else "",
            row.product,
            *(every.get(at, "") for at in (row.sold_at, row.home_at, row.delivered_at)),
            f"{row.for_month:%Y-%m}" if row.for_month else "",
            str(row.corrects_id or ""),
            row.reason or "",
        ]


def _quickbooks(
    places: Sequence[Location], first: date, last: date
) -> Iterator[list[str | Decimal]]:
    """One journal per location and day; a line per account, kind of event and side."""
    by_id = {place.id: place for place in places}
    for row in core(_SUMS, _asked(by_id, first, last)):
        place = by_id[row.location_id]
        digits = minor_digits(place.currency)
        day, kind = row.business_day, row.kind.replace("_", " ")
        for debit, credit in ((row.debit, 0), (0, row.credit)):
            if debit or credit:
                yield [
                    f"{place.number_prefix}-{day:%Y%m%d}",
                    f"{day:%m/%d/%Y}",
                    row.account.replace("_", " ").capitalize(),
                    Decimal(debit).scaleb(-digits) if debit else "",
                    Decimal(credit).scaleb(-digits) if credit else "",
                    kind.capitalize(),
                    "",
                    place.currency,
                    place.name,
                    place.slug,
                ]


def _asked(ids: Iterable[UUID], first: date, last: date) -> dict[str, object]:
    return {"places": list(ids), "first": first, "last": last}


def _named(detail: str, account: str, slugs: Mapping[UUID | None, str]) -> str:
    """The other location by its short name; any other detail as it stands."""
    return slugs[UUID(detail)] if account in ("due_from", "due_to") else detail


_FIRST, _LAST = (sa.bindparam(name, type_=sa.Date()) for name in ("first", "last"))
_PLACES = sa.bindparam("places", expanding=True)
_POSTINGS = (
    sa.select(
        JournalEntry.id,
        JournalEntry.occurred_on,
        JournalEntry.kind,
        JournalEntry.source_type,
        JournalEntry.source_id,
        JournalEntry.product,
        JournalEntry.sold_at,
        JournalEntry.home_at,
        JournalEntry.delivered_at,
        JournalEntry.for_month,
        JournalEntry.corrects_id,
        JournalEntry.reason,
        Posting.n,
        Posting.account,
        Posting.detail,
        Posting.location_id,
        Posting.currency,
        Posting.amount_cents,
    )
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .join(Location, Location.id == Posting.location_id)
    .where(JournalEntry.occurred_on.between(_FIRST, _LAST), Posting.location_id.in_(_PLACES))
    .order_by(JournalEntry.occurred_on, Location.slug, JournalEntry.id, Posting.n)
)
_R = LedgerRollup
_KEY = (_R.business_day, Location.slug, _R.account, _R.kind)
_SUMS = (
    sa.select(
        *_KEY,
        _R.location_id,
        sa.cast(sa.func.sum(_R.debit_cents), sa.BigInteger).label("debit"),
        sa.cast(sa.func.sum(_R.credit_cents), sa.BigInteger).label("credit"),
    )
    .join(Location, Location.id == _R.location_id)
    .where(_R.business_day.between(_FIRST, _LAST), _R.location_id.in_(_PLACES))
    .group_by(*_KEY, _R.location_id)
    .order_by(*_KEY)
)
