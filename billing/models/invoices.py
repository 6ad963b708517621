"""Claims of money, and what takes them back."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

INVOICE_STATES = ("draft", "open", "paid", "uncollectible", "void")
INVOICE_REASONS = ("pack", "first_period", "renewal", "change", "charge", "gift_card")
NUMBER_SERIES = ("invoice", "credit_note")


class NumberCounter(Base):
    """The next number of a location, year and series; locked while numbers are taken."""

    __tablename__ = "number_counter"
    __table_args__ = (one_of("series", NUMBER_SERIES),)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    series: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    next_number: Mapped[int]


class Invoice(Base):
    """A claim of money. Its reason and source are unique: nothing is billed twice.

    What is credited after it was paid is promised back: `refunds_owed_cents`, sent or not.
    `run_id` names the billing run that issued it, where one did.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        one_of("state", INVOICE_STATES),
        one_of("reason", INVOICE_REASONS),
        sa.UniqueConstraint("source_id", "reason"),
        sa.UniqueConstraint("location_id", "number_year", "number_seq"),
        sa.CheckConstraint("total_cents = net_cents + tax_cents", name="total_sums"),
        sa.CheckConstraint(
            "paid_cents >= 0 AND refunds_owed_cents BETWEEN 0 AND paid_cents"
            " AND paid_cents + credited_cents - refunds_owed_cents <= total_cents",
            name="not_overpaid",
        ),
        sa.CheckConstraint("(number_seq IS NULL) = (state = 'draft')", name="numbered_when_final"),
        sa.Index(
            "ix_invoice_open",
            "location_id",
            "issued_on",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
        sa.Index(
            "ix_invoice_draft",
            "location_id",
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        ),
        sa.Index("ix_invoice_day", "location_id", "issued_on"),
        sa.Index("ix_invoice_membership", "membership_id"),
        sa.Index("ix_invoice_member", "member_id", "issued_on"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    reason: Mapped[str] = mapped_column(sa.String(12))
    source_id: Mapped[UUID]
    membership_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("membership.id"))
    consent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("consent.id"))
    state: Mapped[str] = mapped_column(sa.String(13))
    number_year: Mapped[int | None]
    number_seq: Mapped[int | None]
    number: Mapped[str | None] = mapped_column(sa.String(24))
    issued_on: Mapped[date]
    currency: Mapped[str] = mapped_column(sa.String(3))
    net_cents: Mapped[int]
    tax_cents: Mapped[int]
    total_cents: Mapped[int]
    paid_cents: Mapped[int]
    credited_cents: Mapped[int]
    refunds_owed_cents: Mapped[int] = mapped_column(default=0)
    run_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    finalised_at: Mapped[datetime | None]
    closed_on: Mapped[date | None]


class InvoiceLine(Base):
    """What is claimed, with the tax rate that held. Never edited once finalised."""

    __tablename__ = "invoice_line"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity_positive"),)
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"), primary_key=True)
    n: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    product: Mapped[str] = mapped_column(sa.String(40))
    product_class: Mapped[str] = mapped_column(sa.String(20))
    description: Mapped[str] = mapped_column(sa.String(200))
    quantity: Mapped[int]
    net_cents: Mapped[int]
    tax_name: Mapped[str] = mapped_column(sa.String(60))
    tax_rate_ppm: Mapped[int]
    tax_cents: Mapped[int]
    liability_account: Mapped[str] = mapped_column(sa.String(24))
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]


class InvoiceDiscount(Base):
    """What was taken off a line's list price before tax; the line's net is what is left."""

    __tablename__ = "invoice_discount"
    __table_args__ = (
        sa.CheckConstraint("amount_cents > 0", name="takes_something_off"),
        sa.ForeignKeyConstraint(
            ["invoice_id", "line_n"], ["invoice_line.invoice_id", "invoice_line.n"]
        ),
    )
    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_n: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    promo_id: Mapped[UUID] = mapped_column(sa.ForeignKey("promo_code.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    amount_cents: Mapped[int]


class CreditNote(Base):
    """What is no longer owed of an invoice: net and its share of the tax charged.

    One per invoice, reason and source: a plan's end, a refund that somebody granted.
    """

    __tablename__ = "credit_note"
    __table_args__ = (
        sa.UniqueConstraint("invoice_id", "reason", "source_id"),
        sa.UniqueConstraint("location_id", "number_year", "number_seq"),
        sa.CheckConstraint("total_cents = net_cents + tax_cents", name="total_sums"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    reason: Mapped[str] = mapped_column(sa.String(20))
    source_id: Mapped[UUID]
    number_year: Mapped[int]
    number_seq: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(24))
    net_cents: Mapped[int]
    tax_cents: Mapped[int]
    total_cents: Mapped[int]
    issued_on: Mapped[date]
    created_at: Mapped[datetime]


class CreditNoteLine(Base):
    """What a credit note takes back of one account under one tax; tax was charged, not computed.

    Lines of an invoice that share both are credited as one. Out of goodwill another account is
    debited than the one that the line was `sold_as`.
    """

    __tablename__ = "credit_note_line"
    credit_note_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_note.id"), primary_key=True)
    n: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    product: Mapped[str] = mapped_column(sa.String(40))
    liability_account: Mapped[str] = mapped_column(sa.String(24))
    sold_as: Mapped[str] = mapped_column(sa.String(24))
    net_cents: Mapped[int]
    tax_name: Mapped[str] = mapped_column(sa.String(60))
    tax_cents: Mapped[int]
