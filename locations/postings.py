"""The postings behind a number: which entries it is the sum of, newest first, page by page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from config.db import core, db
from config.errors import NotFound
from locations.models import JournalEntry, LedgerDetail, LedgerMonth, LedgerRollup, Posting

PAGE = 50
_DAYS_AT_ONCE = 31
_MOST_LEGS = 40  # no entry of ours has more sides


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which postings: of these locations on the days [since, until), of accounts and kinds of
    events where some are named, none of the kinds `apart`, and of a detail.
    """

    location_ids: Sequence[UUID]
    since: date
    until: date
    accounts: Sequence[str] = ()
    kinds: Sequence[str] = ()
    apart: Sequence[str] = ()
    detail: str = ""


class Sums(NamedTuple):
    """What postings come to, in minor units; both are positive."""

    debit_cents: int
    credit_cents: int


@dataclass(frozen=True, slots=True)
class After:
    """The last entry of the page before; a page ends with an entry's last posting."""

    day: date
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class Found:
    """A page of postings with their entries, and where the next one begins."""

    rows: Sequence[tuple[JournalEntry, Posting]]
    following: After | None


def sums(wanted: Wanted) -> Sums:
    """The debits and the credits of all of them; the days must be whole months."""
    model = LedgerDetail if wanted.detail else LedgerMonth
    query = sa.select(sa.func.sum(model.debit_cents), sa.func.sum(model.credit_cents)).where(
        model.location_id.in_(wanted.location_ids),
        model.month >= wanted.since,
        model.month < wanted.until,
        *_named(model.account, wanted.accounts),
        *_of_kinds(model.kind, wanted),
    )
    if wanted.detail:
        query = query.where(LedgerDetail.detail == wanted.detail)
    debit, credit = db.session.execute(query).one()
    return Sums(int(debit or 0), int(credit or 0))


def of_sources(
    source_ids: Collection[UUID], *, location_ids: Collection[UUID], accounts: Collection[str]
) -> list[tuple[JournalEntry, Posting]]:
    """Every posting of what these sources brought about, at these locations, newest first."""
    query = (
        sa.select(JournalEntry, Posting)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(
            JournalEntry.source_id.in_(source_ids),
            Posting.location_id.in_(location_ids),
            *_named(Posting.account, accounts),
        )
        .order_by(JournalEntry.occurred_on.desc(), JournalEntry.id.desc(), Posting.n)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def position(entry_id: UUID) -> After:
    """Where a page that follows this entry begins; NotFound where there is none."""
    entry = db.session.get(JournalEntry, entry_id)
    if entry is None:
        raise NotFound("entry")
    return After(entry.occurred_on, entry.id)


def page(wanted: Wanted, after: After | None) -> Found:
    """The next page. Days without such postings are passed over by what the roll-ups say."""
    rows: list[tuple[JournalEntry, Posting]] = []
    until = min(wanted.until, after.day + timedelta(days=1)) if after else wanted.until
    most = PAGE + _MOST_LEGS
    while len(rows) < most:
        days = _days_with_some(wanted, until)
        if not days:
            break
        query = (
            _joined(JournalEntry, wanted)
            .add_columns(Posting)
            .where(JournalEntry.occurred_on.in_(days), *_of_kinds_on(days, wanted))
            .order_by(JournalEntry.occurred_on.desc(), JournalEntry.id.desc(), Posting.n)
            .limit(most - len(rows))
        )
        if after is not None:
            query = query.where(_behind(after))
        rows += [(row[0], row[1]) for row in db.session.execute(query)]
        until = min(days)
    if len(rows) < most:
        return Found(rows, None)
    # The entry that may be cut off here begins the next page.
    cut = rows[-1][0].id
    shown = [row for row in rows if row[0].id != cut]
    last = shown[-1][0]
    return Found(shown, After(last.occurred_on, last.id))


def _days_with_some(wanted: Wanted, until: date) -> list[date]:
    """The newest days before `until` that hold a page of such postings together."""
    days, count = [], 0
    query = (
        sa.select(LedgerRollup.business_day, sa.func.sum(LedgerRollup.postings))
        .where(*_rolled(wanted), LedgerRollup.business_day < until)
        .group_by(LedgerRollup.business_day)
        .order_by(LedgerRollup.business_day.desc())
        .limit(_DAYS_AT_ONCE)
    )
    for day, postings in map(tuple, core(query)):
        days.append(day)
        count += postings
        if count > PAGE + _MOST_LEGS:
            break
    return days


def _of_kinds_on(days: Sequence[date], wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """What moved these accounts on these days: entries of other kinds are not looked at."""
    if wanted.kinds or not wanted.accounts:
        return []
    query = sa.select(LedgerRollup.kind).distinct()
    kinds = core(query.where(*_rolled(wanted), LedgerRollup.business_day.in_(days))).scalars()
    return [JournalEntry.kind.in_(list(kinds))]


def _rolled(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    where = [
        LedgerRollup.location_id.in_(wanted.location_ids),
        LedgerRollup.business_day >= wanted.since,
        LedgerRollup.business_day < wanted.until,
    ]
    where += _named(LedgerRollup.account, wanted.accounts)
    return where + _of_kinds(LedgerRollup.kind, wanted)


def _joined(what: object, wanted: Wanted) -> sa.Select:
    query = (
        sa.select(what)  # pyright: ignore[reportCallIssue, reportArgumentType]
        .select_from(JournalEntry)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(
            JournalEntry.occurred_on >= wanted.since,
            JournalEntry.occurred_on < wanted.until,
            Posting.location_id.in_(wanted.location_ids),
            *_named(Posting.account, wanted.accounts),
            *_of_kinds(JournalEntry.kind, wanted),
        )
    )
    return query.where(Posting.detail == wanted.detail) if wanted.detail else query


def _named(
    column: InstrumentedAttribute[str], names: Collection[str]
) -> list[sa.ColumnElement[bool]]:
    return [column.in_(names)] if names else []


def _of_kinds(kind: InstrumentedAttribute[str], wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    apart = [kind.not_in(wanted.apart)] if wanted.apart else []
    return _named(kind, wanted.kinds) + apart


def _behind(after: After) -> sa.ColumnElement[bool]:
    day, key = JournalEntry.occurred_on, JournalEntry.id
    return sa.or_(day < after.day, sa.and_(day == after.day, key < after.entry_id))
