"""Tables of what is invoiced, collected and proven.

The constraints here, not the code, are what makes a charge happen once (docs/decisions).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.db import Base, Json
from config.models import one_of

INVOICE_STATES = ("draft", "open", "paid", "uncollectible", "void")
INVOICE_REASONS = ("pack", "first_period", "renewal")
ATTEMPT_STATES = ("ready", "sending", "action", "succeeded", "failed")
LIVE_ATTEMPT = "state IN ('ready', 'sending', 'action', 'succeeded')"
INTENT_STATES = ("live", "succeeded", "canceled")
DUNNING_STATES = ("open", "recovered", "given_up")
RUN_STATES = ("running", "done")
EVENT_STATES = ("new", "done", "parked")
CARD_SETUP_STATES = ("open", "done", "expired")


class StripeCustomer(Base):
    """A member at one Stripe account, and the card on file as Stripe describes it."""

    __tablename__ = "stripe_customer"
    __table_args__ = (sa.UniqueConstraint("stripe_account", "customer_id"),)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.String(64))
    payment_method_id: Mapped[str | None] = mapped_column(sa.String(64))
    card_brand: Mapped[str | None] = mapped_column(sa.String(20))
    card_last4: Mapped[str | None] = mapped_column(sa.String(4))
    card_exp_month: Mapped[int | None]
    card_exp_year: Mapped[int | None]
    card_fingerprint: Mapped[str | None] = mapped_column(sa.String(64))
    updated_at: Mapped[datetime]


class CardSetup(Base):
    """A member's way to Stripe's page for a new card. Done once, so a late letter about an
    older card never replaces a newer one.
    """

    __tablename__ = "card_setup"
    __table_args__ = (one_of("state", CARD_SETUP_STATES),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    stripe_account: Mapped[str] = mapped_column(sa.String(40))
    session_id: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    state: Mapped[str] = mapped_column(sa.String(8))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class NumberCounter(Base):
    """The next invoice number of a location and year; locked while numbers are taken."""

    __tablename__ = "number_counter"
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    next_number: Mapped[int]


class Invoice(Base):
    """A claim of money. Its reason and source are unique: nothing is billed twice."""

    __tablename__ = "invoice"
    __table_args__ = (
        one_of("state", INVOICE_STATES),
        one_of("reason", INVOICE_REASONS),
        sa.UniqueConstraint("source_id", "reason"),
        sa.UniqueConstraint("location_id", "number_year", "number_seq"),
        sa.CheckConstraint("total_cents = net_cents + tax_cents", name="total_sums"),
        sa.CheckConstraint(
            "paid_cents >= 0 AND paid_cents + credited_cents <= total_cents", name="not_overpaid"
        ),
        sa.CheckConstraint("(number_seq IS NULL) = (state = 'draft')", name="numbered_when_final"),
        sa.Index(
            "ix_invoice_open",
            "location_id",
            "issued_on",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
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


class PaymentIntent(Base):
    """An object at Stripe that can take one invoice's money once.

    At most one is live per invoice; its Stripe id is written once. A Checkout Session's own
    intent is such a row too.
    """

    __tablename__ = "payment_intent"
    __table_args__ = (
        one_of("state", INTENT_STATES),
        sa.UniqueConstraint("invoice_id", "seq"),
        sa.Index(
            "uq_payment_intent_live",
            "invoice_id",
            unique=True,
            sqlite_where=sa.text("state = 'live'"),
            postgresql_where=sa.text("state = 'live'"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"))
    seq: Mapped[int] = mapped_column(sa.SmallInteger)
    state: Mapped[str] = mapped_column(sa.String(10))
    stripe_account: Mapped[str] = mapped_column(sa.String(40))
    stripe_id: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    session_id: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    session_url: Mapped[str | None] = mapped_column(sa.Text)
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    created_at: Mapped[datetime]


class PaymentAttempt(Base):
    """One try at Stripe. No second one until the first has finally failed."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        one_of("state", ATTEMPT_STATES),
        one_of("kind", ("off_session", "checkout")),
        sa.UniqueConstraint("invoice_id", "n"),
        sa.Index(
            "uq_payment_attempt_live",
            "invoice_id",
            unique=True,
            sqlite_where=sa.text(LIVE_ATTEMPT),
            postgresql_where=sa.text(LIVE_ATTEMPT),
        ),
        sa.Index(
            "ix_payment_attempt_ready",
            "location_id",
            "not_before",
            sqlite_where=sa.text("state = 'ready'"),
            postgresql_where=sa.text("state = 'ready'"),
        ),
        sa.Index(
            "ix_payment_attempt_sending",
            "lease_until_ms",
            sqlite_where=sa.text("state IN ('sending', 'action')"),
            postgresql_where=sa.text("state IN ('sending', 'action')"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    n: Mapped[int] = mapped_column(sa.SmallInteger)
    kind: Mapped[str] = mapped_column(sa.String(12))
    state: Mapped[str] = mapped_column(sa.String(10))
    not_before: Mapped[datetime]
    lease_token: Mapped[UUID | None]
    lease_until_ms: Mapped[int | None]
    looked_at_ms: Mapped[int | None]
    looks: Mapped[int] = mapped_column(sa.SmallInteger)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    intent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("payment_intent.id"))
    charge_id: Mapped[str | None] = mapped_column(sa.String(80))
    known_charge_id: Mapped[str | None] = mapped_column(sa.String(80))
    decline_code: Mapped[str | None] = mapped_column(sa.String(60))
    advice_code: Mapped[str | None] = mapped_column(sa.String(10))


class Payment(Base):
    """Money that arrived, once per Stripe charge; the source of its journal entry."""

    __tablename__ = "payment"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"), index=True)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment_attempt.id"), unique=True)
    charge_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    received_at: Mapped[datetime]
    received_on: Mapped[date]


class Dunning(Base):
    """The recovery of one unpaid invoice: planned tries are dates here, not attempts."""

    __tablename__ = "dunning"
    __table_args__ = (
        one_of("state", DUNNING_STATES),
        sa.Index("ix_dunning_due", "location_id", "state", "next_try_on"),
    )
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"), primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    membership_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("membership.id"))
    state: Mapped[str] = mapped_column(sa.String(10))
    opened_on: Mapped[date]
    tries: Mapped[int]
    next_try_on: Mapped[date | None]
    last_code: Mapped[str | None] = mapped_column(sa.String(60))
    closed_on: Mapped[date | None]


class CreditNote(Base):
    """What is no longer owed of an invoice: net and its share of the tax charged."""

    __tablename__ = "credit_note"
    __table_args__ = (
        sa.UniqueConstraint("invoice_id", "reason"),
        sa.CheckConstraint("total_cents = net_cents + tax_cents", name="total_sums"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"))
    reason: Mapped[str] = mapped_column(sa.String(20))
    net_cents: Mapped[int]
    tax_cents: Mapped[int]
    total_cents: Mapped[int]
    issued_on: Mapped[date]
    created_at: Mapped[datetime]


class WebhookEvent(Base):
    """Stripe's letters, stored as they came; opened at our own pace."""

    __tablename__ = "webhook_event"
    __table_args__ = (
        one_of("state", EVENT_STATES),
        sa.Index("ix_webhook_event_waiting", "state", "next_try_at"),
    )
    id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(80))
    object_id: Mapped[str] = mapped_column(sa.String(120))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    live_mode: Mapped[bool]
    state: Mapped[str] = mapped_column(sa.String(8))
    tries: Mapped[int]
    received_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.String(200))


class BillingRun(Base):
    """The work of one location and business date, claimed by one worker at a time."""

    __tablename__ = "billing_run"
    __table_args__ = (
        one_of("state", RUN_STATES),
        sa.UniqueConstraint("location_id", "business_date"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    business_date: Mapped[date]
    state: Mapped[str] = mapped_column(sa.String(8))
    lease_token: Mapped[UUID | None]
    lease_until_ms: Mapped[int | None]
    resumes: Mapped[int]
    issued: Mapped[int]
    issued_cents: Mapped[int]
    parked: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Parked(Base):
    """Something held back for a person, with the reason; the run went on."""

    __tablename__ = "parked"
    __table_args__ = (
        one_of("subject_type", ("membership", "payment", "event")),
        sa.Index(
            "uq_parked_waiting",
            "subject_type",
            "subject_key",
            unique=True,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("location.id"))
    subject_type: Mapped[str] = mapped_column(sa.String(12))
    subject_key: Mapped[str] = mapped_column(sa.String(80))
    code: Mapped[str] = mapped_column(sa.String(40))
    reason: Mapped[str] = mapped_column(sa.String(300))
    parked_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class Pace(Base):
    """When the next request to a Stripe account may leave: one bucket for all workers."""

    __tablename__ = "pace"
    key: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    next_free_ms: Mapped[int]
