"""The books: entries with their sides, and the sums that are kept beside them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base


class JournalEntry(Base):
    """One event in the books, dated by the location's business day. Append-only.

    `for_month` names the locked month that an entry belongs to and came too late for: it is
    dated in the first open one.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        sa.UniqueConstraint("source_id", "kind", "source_type"),
        sa.Index("ix_journal_entry_day", "occurred_on", "kind"),
        sa.Index(
            "ix_journal_entry_corrects",
            "corrects_id",
            sqlite_where=sa.text("corrects_id IS NOT NULL"),
            postgresql_where=sa.text("corrects_id IS NOT NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    occurred_on: Mapped[date]
    recorded_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(sa.String(20))
    source_type: Mapped[str] = mapped_column(sa.String(20))
    source_id: Mapped[UUID]
    currency: Mapped[str] = mapped_column(sa.String(3))
    sold_at: Mapped[UUID | None]
    home_at: Mapped[UUID | None]
    delivered_at: Mapped[UUID | None]
    product: Mapped[str] = mapped_column(sa.String(40))
    invoice_id: Mapped[UUID | None]
    corrects_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("journal_entry.id"))
    for_month: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(sa.String(200))


class Posting(Base):
    """One side of an entry: debit positive, credit negative, in the currency's minor units.

    `detail` tells the product on the deferred accounts, on breakage and on what expired and is
    refundable, the rate of a `sales_tax` posting, or the other location of a `due_from` or
    `due_to` one; it is empty elsewhere.
    """

    __tablename__ = "posting"
    __table_args__ = (sa.CheckConstraint("amount_cents <> 0", name="moves_something"),)
    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("journal_entry.id"), primary_key=True)
    n: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(sa.String(24))
    location_id: Mapped[UUID]
    currency: Mapped[str] = mapped_column(sa.String(3))
    amount_cents: Mapped[int]
    detail: Mapped[str] = mapped_column(sa.String(60))


class _Sums:
    """Both sides of some postings and how many they are, after the columns that say which."""

    debit_cents: Mapped[int] = mapped_column(sort_order=1)
    credit_cents: Mapped[int] = mapped_column(sort_order=1)
    postings: Mapped[int] = mapped_column(sort_order=1)


class LedgerRollup(_Sums, Base):
    """Sums of postings per location, business day, account and kind of event.

    `slot` spreads writers that post to one day at once; a reader sums over it.
    """

    __tablename__ = "ledger_rollup"
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    business_day: Mapped[date] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    slot: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)


class LedgerMonth(_Sums, Base):
    """The same sums per calendar month of business days, so that a report over years of
    postings reads a handful of rows. `month` is the first day of the month.

    Months come last but one in the key: what an account held at any time is one stretch of it.
    """

    __tablename__ = "ledger_month"
    __table_args__ = {"sqlite_with_rowid": False}
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)


class LedgerDetail(_Sums, Base):
    """Monthly sums of the postings that have a detail, by it: products, tax rates, locations."""

    __tablename__ = "ledger_detail"
    __table_args__ = {"sqlite_with_rowid": False}
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    detail: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)


class PeriodLock(Base):
    """A calendar month that is closed for the whole group: it takes no entry any more."""

    __tablename__ = "period_lock"
    month: Mapped[date] = mapped_column(primary_key=True)
    locked_at: Mapped[datetime]
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))


class _PaidOut:
    """Money that left a studio's bank, after the columns that say what for."""

    amount_cents: Mapped[int] = mapped_column(sort_order=1)
    currency: Mapped[str] = mapped_column(sa.String(3), sort_order=1)
    paid_on: Mapped[date] = mapped_column(sort_order=1)
    reference: Mapped[str] = mapped_column(sa.String(60), sort_order=1)
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), sort_order=1)
    at: Mapped[datetime] = mapped_column(sort_order=1)


class TaxRemittance(_PaidOut, Base):
    """Sales tax of one rate that a location paid to the state; the source of its entry."""

    __tablename__ = "tax_remittance"
    __table_args__ = (sa.CheckConstraint("amount_cents > 0", name="pays_something"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)
    tax_name: Mapped[str] = mapped_column(sa.String(60))


class Settlement(_PaidOut, Base):
    """What one location paid another for sessions given on its behalf; source of its entry."""

    __tablename__ = "settlement"
    __table_args__ = (
        sa.CheckConstraint("amount_cents > 0", name="pays_something"),
        sa.CheckConstraint("from_location_id <> to_location_id", name="between_two"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    from_location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)
    to_location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)
