"""How an invoice is collected: intents, attempts, payments, recovery."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

ATTEMPT_STATES = ("ready", "sending", "action", "succeeded", "failed")
LIVE_ATTEMPT = "state <> 'failed'"
INTENT_STATES = ("live", "succeeded", "canceled")
DUNNING_STATES = ("open", "recovered", "given_up")
DECLINE_CLASSES = ("hard", "needs_new_card", "authentication", "wait", "soft")
RECOVERED_BY = ("retry", "new_card", "link", "other_tender")
TENDERS = ("card", "cash", "terminal", "gift_card", "account_credit")


class PaymentIntent(Base):
    """An object at Stripe that can take one invoice's money once.

    At most one is live per invoice; its Stripe id is written once. A Checkout Session's own
    intent is such a row too, with the fingerprint of the card that paid there, kept or not.
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
    card_fingerprint: Mapped[str | None] = mapped_column(sa.String(64), index=True)


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
    location_id: Mapped[UUID]
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
    network_code: Mapped[str | None] = mapped_column(sa.String(10))
    advice_code: Mapped[str | None] = mapped_column(sa.String(10))


class Payment(Base):
    """Money that arrived for an invoice, by one tender; the source of its journal entry.

    A card's is one per Stripe charge. `source_id` is the till session that took cash or a
    terminal's slip, or the gift card; account credit has none. What goes back is counted here,
    so that it can never be more than what came.
    """

    __tablename__ = "payment"
    __table_args__ = (
        one_of("tender", TENDERS),
        sa.CheckConstraint("(tender = 'card') = (charge_id IS NOT NULL)", name="card_has_charge"),
        sa.CheckConstraint(
            "amount_cents > 0 AND refunded_cents BETWEEN 0 AND amount_cents", name="not_overdrawn"
        ),
        sa.Index("ix_payment_day", "received_on"),
        sa.Index(
            "ix_payment_source",
            "source_id",
            sqlite_where=sa.text("source_id IS NOT NULL"),
            postgresql_where=sa.text("source_id IS NOT NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"), index=True)
    attempt_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("payment_attempt.id"), unique=True
    )
    charge_id: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    tender: Mapped[str] = mapped_column(sa.String(14))
    source_id: Mapped[UUID | None]
    amount_cents: Mapped[int]
    refunded_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    received_at: Mapped[datetime]
    received_on: Mapped[date]
    by_account_id: Mapped[UUID | None]


class Dunning(Base):
    """The recovery of one unpaid invoice: planned tries are dates here, not attempts.

    `decline_class` is what the last refusal means for the next try, `declined_card` the card it
    was about, as Stripe names it; `tries` is how many of those that we allow ourselves are used
    up. `amount_cents` was open when the first try failed; `recovered_by` tells what brought it in
    the end: a retry, a new card, the member on a page, another tender.
    """

    __tablename__ = "dunning"
    __table_args__ = (
        one_of("state", DUNNING_STATES),
        one_of("decline_class", DECLINE_CLASSES),
        one_of("recovered_by", RECOVERED_BY),
        sa.Index("ix_dunning_due", "location_id", "state", "next_try_on"),
        sa.Index("ix_dunning_opened", "location_id", "opened_on"),
    )
    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"), primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    membership_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("membership.id"))
    state: Mapped[str] = mapped_column(sa.String(10))
    opened_on: Mapped[date]
    amount_cents: Mapped[int]
    tries: Mapped[int]
    next_try_on: Mapped[date | None]
    last_code: Mapped[str | None] = mapped_column(sa.String(60))
    advice_code: Mapped[str | None] = mapped_column(sa.String(10))
    decline_class: Mapped[str] = mapped_column(sa.String(16))
    declined_at: Mapped[datetime]
    declined_card: Mapped[str | None] = mapped_column(sa.String(64))
    recovered_by: Mapped[str | None] = mapped_column(sa.String(16))
    closed_on: Mapped[date | None]
