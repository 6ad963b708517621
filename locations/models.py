"""Tables of places, people and books. Foreign keys point down or sideways only."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from flask_security.core import UserMixin
from flask_security.datastore import AsaList
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column

from config.db import Base
from config.models import one_of

ROLES = ("owner", "manager", "desk", "accountant")


class LegalEntity(Base):
    """Who the money belongs to; `stripe_account` names the settings of its own account."""

    __tablename__ = "legal_entity"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40))


class Location(Base):
    """A studio: its zone decides its business date, its jurisdiction its rules.

    From `closes_on` on it sells nothing more and its plans end; it is `closed_on` once a person
    has found that nothing is left to do there.
    """

    __tablename__ = "location"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    zone: Mapped[str] = mapped_column(sa.String(64))
    currency: Mapped[str] = mapped_column(sa.String(3))
    jurisdiction: Mapped[str] = mapped_column(sa.String(20))
    address: Mapped[str] = mapped_column(sa.String(300))
    number_prefix: Mapped[str] = mapped_column(sa.String(8), unique=True)
    legal_entity_id: Mapped[UUID] = mapped_column(sa.ForeignKey("legal_entity.id"))
    opened_on: Mapped[date]
    closes_on: Mapped[date | None]
    closed_on: Mapped[date | None]


class LocationDay(Base):
    """The furthest business date a location's jobs have finished: time never goes back."""

    __tablename__ = "location_day"
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    high_water: Mapped[date]
    held_since: Mapped[datetime | None]


class TaxRate(Base):
    """A rate for one class of product from a date on; the newest that has begun holds."""

    __tablename__ = "tax_rate"
    __table_args__ = (
        sa.UniqueConstraint("location_id", "product_class", "effective_from"),
        sa.CheckConstraint("rate_ppm >= 0 AND rate_ppm < 1000000", name="rate_sane"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    product_class: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(60))
    rate_ppm: Mapped[int]
    effective_from: Mapped[date]


class Codes(AsaList):
    """A list of texts in one column; the vendor's own forgets to let statements be kept."""

    cache_ok = True


class Account(UserMixin, Base):
    """Somebody who can sign in: a member, or staff by their StaffRole rows."""

    __tablename__ = "account"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(160))
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    tf_primary_method: Mapped[str | None] = mapped_column(sa.String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(sa.String(255))
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Codes()))


class StaffRole(Base):
    """What an account may do where; owner and accountant hold for the whole group."""

    __tablename__ = "staff_role"
    __table_args__ = (
        one_of("role", ROLES),
        sa.CheckConstraint(
            "(location_id IS NULL) = (role IN ('owner', 'accountant'))", name="scope_fits_role"
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    location_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("location.id"))
    role: Mapped[str] = mapped_column(sa.String(12))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class JournalEntry(Base):
    """One event in the books, dated by the location's business day. Append-only."""

    __tablename__ = "journal_entry"
    __table_args__ = (sa.UniqueConstraint("source_id", "kind", "source_type"),)
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
    reason: Mapped[str | None] = mapped_column(sa.String(200))


class Posting(Base):
    """One side of an entry: debit positive, credit negative, in the currency's minor units.

    `detail` tells the tax rate of a `sales_tax` posting, or the other location of a
    `due_from` or `due_to` one; it is empty elsewhere.
    """

    __tablename__ = "posting"
    __table_args__ = (sa.CheckConstraint("amount_cents <> 0", name="moves_something"),)
    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("journal_entry.id"), primary_key=True)
    n: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(sa.String(24))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    currency: Mapped[str] = mapped_column(sa.String(3))
    amount_cents: Mapped[int]
    detail: Mapped[str] = mapped_column(sa.String(60))


class LedgerRollup(Base):
    """Sums of postings per location, business day, account and kind of event.

    `slot` spreads writers that post to one day at once; a reader sums over it.
    """

    __tablename__ = "ledger_rollup"
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    business_day: Mapped[date] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    slot: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    debit_cents: Mapped[int]
    credit_cents: Mapped[int]
    postings: Mapped[int]


class LedgerMonth(Base):
    """The same sums per calendar month of business days, so that a report over years of
    postings reads a handful of rows. `month` is the first day of the month.
    """

    __tablename__ = "ledger_month"
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    slot: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    debit_cents: Mapped[int]
    credit_cents: Mapped[int]
    postings: Mapped[int]


class PolicyOverride(Base):
    """A rule of a studio's jurisdiction that its owner changed from a date on.

    Tightening needs no reason, loosening does; the newest that has begun holds.
    """

    __tablename__ = "policy_override"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)
    rule: Mapped[str] = mapped_column(sa.String(40))
    setting: Mapped[str] = mapped_column(sa.String(40))
    effective_from: Mapped[date]
    reason: Mapped[str | None] = mapped_column(sa.String(200))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]
