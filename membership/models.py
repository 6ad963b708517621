"""Tables of what is sold, held and used. Foreign keys point down or sideways only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.db import Base
from config.models import one_of

PACK_KINDS = ("starter", "extension", "booster", "drop_in")
MEMBER_PACK_STATES = ("draft", "unopened", "open", "spent", "expired", "cancelled")
MEMBERSHIP_STATES = ("pending", "active", "grace", "locked", "frozen", "ended")
GRANT_STATES = ("provisional", "firm", "void")
ENTRY_KINDS = ("grant", "redeem", "reverse", "expire", "void")
CONSENT_STATES = ("given", "used", "withdrawn", "lapsed")
NOTICE_STATES = ("planned", "sent", "delivered", "failed", "dropped")


class Member(Base):
    """A person's commercial account, with at most one sign-in."""

    __tablename__ = "member"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), unique=True)
    name: Mapped[str] = mapped_column(sa.String(160))
    name_folded: Mapped[str] = mapped_column(sa.String(160), index=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    phone: Mapped[str | None] = mapped_column(sa.String(20), index=True)
    check_in_code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    created_at: Mapped[datetime]


class MemberHome(Base):
    """Where a member belongs from a date on; rows are added, never overwritten."""

    __tablename__ = "member_home"
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)


class Pack(Base):
    """Prepaid sessions as a product; its terms are on its versions."""

    __tablename__ = "pack"
    __table_args__ = (one_of("kind", PACK_KINDS),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    name: Mapped[str] = mapped_column(sa.String(120))


class PackVersion(Base):
    """Immutable terms of a pack. `window_days` counts from the first redemption."""

    __tablename__ = "pack_version"
    __table_args__ = (
        sa.UniqueConstraint("pack_id", "n"),
        sa.CheckConstraint("sessions > 0", name="sessions_positive"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    pack_id: Mapped[UUID] = mapped_column(sa.ForeignKey("pack.id"))
    n: Mapped[int]
    sessions: Mapped[int]
    window_days: Mapped[int]
    first_use_days: Mapped[int]
    effective_from: Mapped[date]


class PackPrice(Base):
    """What a pack version costs at a location, before tax."""

    __tablename__ = "pack_price"
    pack_version_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("pack_version.id"), primary_key=True
    )
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))


class Plan(Base):
    """A recurring product; `tier` is its rank in its ladder."""

    __tablename__ = "plan"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    tier: Mapped[int]


class PlanVersion(Base):
    """Immutable terms of a plan. `allowance` is sessions a period; none means unlimited."""

    __tablename__ = "plan_version"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "n"),
        one_of("interval_unit", ("week", "month")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan.id"))
    n: Mapped[int]
    interval_count: Mapped[int]
    interval_unit: Mapped[str] = mapped_column(sa.String(5))
    allowance: Mapped[int | None]
    rollover_cap: Mapped[int]
    rollover_periods: Mapped[int]
    effective_from: Mapped[date]


class PlanPrice(Base):
    """What a plan version costs a period at a location, before tax."""

    __tablename__ = "plan_price"
    plan_version_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("plan_version.id"), primary_key=True
    )
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    price_cents: Mapped[int]
    overage_cents: Mapped[int | None]
    currency: Mapped[str] = mapped_column(sa.String(3))


class MemberPack(Base):
    """A sold pack. Its window is [opened_on, window_end), half-open local dates."""

    __tablename__ = "member_pack"
    __table_args__ = (
        one_of("state", MEMBER_PACK_STATES),
        sa.Index("ix_member_pack_due", "sold_at", "state", "window_end"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    pack_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("pack_version.id"))
    sold_at: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    state: Mapped[str] = mapped_column(sa.String(10))
    purchased_on: Mapped[date | None]
    first_use_by: Mapped[date | None]
    opened_on: Mapped[date | None]
    window_end: Mapped[date | None]
    converted_on: Mapped[date | None]
    created_at: Mapped[datetime]


class Membership(Base):
    """A held plan. Period `n` is always computed from the anchor, never from the last one.

    `period_start`, `period_end` are the running (or, when pending, the first) period;
    `next_n` and `next_due_on` say which period is issued next, and when.
    """

    __tablename__ = "membership"
    __table_args__ = (
        one_of("status", MEMBERSHIP_STATES),
        sa.Index(
            "uq_membership_live",
            "member_id",
            unique=True,
            sqlite_where=sa.text("status <> 'ended'"),
            postgresql_where=sa.text("status <> 'ended'"),
        ),
        sa.Index("ix_membership_due", "location_id", "status", "next_due_on", "id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    plan_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    status: Mapped[str] = mapped_column(sa.String(8))
    anchor: Mapped[date]
    anchor_day: Mapped[int]
    next_n: Mapped[int]
    next_due_on: Mapped[date]
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    ends_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None] = mapped_column(sa.String(20))
    grace_until: Mapped[date | None]
    arrears_since: Mapped[date | None]
    consent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("consent.id"))
    member_pack_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("member_pack.id"), unique=True
    )
    started_on: Mapped[date | None]
    created_at: Mapped[datetime]


class MembershipPeriod(Base):
    """An issued period: the source of its invoice. One row per membership and number.

    An unlimited plan earns by service day: those before `earned_until` have brought in
    `earned_cents`. Plans with credits earn per session, and have `earned_until` at the end
    from the start; so has a period that was closed early.
    """

    __tablename__ = "membership_period"
    __table_args__ = (
        sa.UniqueConstraint("membership_id", "n"),
        sa.Index(
            "ix_membership_period_earning",
            "location_id",
            "earned_until",
            sqlite_where=sa.text('earned_until < "end"'),
            postgresql_where=sa.text('earned_until < "end"'),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(sa.ForeignKey("membership.id"))
    n: Mapped[int]
    start: Mapped[date]
    end: Mapped[date]
    plan_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    price_cents: Mapped[int]
    earned_until: Mapped[date]
    earned_cents: Mapped[int]
    issued_at: Mapped[datetime]


class Visit(Base):
    """A check-in: its location and that location's date decide everything."""

    __tablename__ = "visit"
    __table_args__ = (sa.UniqueConstraint("location_id", "external_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    business_date: Mapped[date]
    at: Mapped[datetime]
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    membership_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("membership.id"))
    request_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(64))
    undone_at: Mapped[datetime | None]


sa.Index("ix_visit_member", Visit.member_id, Visit.business_date)
sa.Index("ix_visit_place", Visit.location_id, Visit.business_date)


class CreditGrant(Base):
    """A batch of session credits. What is left is guarded here and proven by its entries.

    Valid on [valid_from, valid_until); an open-ended one has no `valid_until`. `scope_id`
    limits it to one location. The next credit is worth ceil(left_cents / left).
    """

    __tablename__ = "credit_grant"
    __table_args__ = (
        one_of("state", GRANT_STATES),
        one_of("source_type", ("pack", "period", "comp")),
        sa.UniqueConstraint("source_id", "source_type"),
        sa.CheckConstraint("remaining >= 0 AND remaining_cents >= 0", name="never_oversold"),
        sa.Index("ix_credit_grant_member", "member_id", "valid_until"),
        sa.Index(
            "ix_credit_grant_expiring",
            "location_id",
            "valid_until",
            sqlite_where=sa.text("remaining > 0"),
            postgresql_where=sa.text("remaining > 0"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    source_type: Mapped[str] = mapped_column(sa.String(8))
    source_id: Mapped[UUID]
    membership_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("membership.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    product: Mapped[str] = mapped_column(sa.String(40))
    currency: Mapped[str] = mapped_column(sa.String(3))
    state: Mapped[str] = mapped_column(sa.String(12))
    quantity: Mapped[int]
    value_cents: Mapped[int]
    remaining: Mapped[int]
    remaining_cents: Mapped[int]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    scope_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("location.id"))
    created_at: Mapped[datetime]


class CreditEntry(Base):
    """One movement of a grant, in credits and in cents. Append-only."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        one_of("kind", ENTRY_KINDS),
        sa.Index(
            "uq_credit_entry_redeemed_visit",
            "visit_id",
            unique=True,
            sqlite_where=sa.text("kind = 'redeem'"),
            postgresql_where=sa.text("kind = 'redeem'"),
        ),
        sa.Index("ix_credit_entry_grant", "grant_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_grant.id"))
    kind: Mapped[str] = mapped_column(sa.String(8))
    quantity: Mapped[int]
    value_cents: Mapped[int]
    occurred_on: Mapped[date]
    at: Mapped[datetime]
    visit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("visit.id"))
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("credit_entry.id"), unique=True)
    reason: Mapped[str | None] = mapped_column(sa.String(200))


class Consent(Base):
    """Agreement to an exact text and amount. Used for a charge, it is the mandate."""

    __tablename__ = "consent"
    __table_args__ = (one_of("state", CONSENT_STATES), one_of("kind", ("plan",)))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    state: Mapped[str] = mapped_column(sa.String(10))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    plan_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    member_pack_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("member_pack.id"), unique=True
    )
    price_cents: Mapped[int]
    tax_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    text: Mapped[str] = mapped_column(sa.Text)
    text_version: Mapped[str] = mapped_column(sa.String(20))
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    address: Mapped[str] = mapped_column(sa.String(45))
    agent: Mapped[str] = mapped_column(sa.String(200))


class SignedDocument(Base):
    """A waiver or contract as it was signed: the exact text, its version, and who signed."""

    __tablename__ = "signed_document"
    __table_args__ = (one_of("kind", ("waiver", "contract")),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    version: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.Text)
    text_sha256: Mapped[str] = mapped_column(sa.String(64))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    signed_name: Mapped[str] = mapped_column(sa.String(160))
    signed_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(sa.String(45))
    agent: Mapped[str] = mapped_column(sa.String(200))


class Notice(Base):
    """Something a member must be told before something may happen, with its proof."""

    __tablename__ = "notice"
    __table_args__ = (
        one_of("state", NOTICE_STATES),
        sa.UniqueConstraint("source_id", "kind", "about_on"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    kind: Mapped[str] = mapped_column(sa.String(24))
    source_id: Mapped[UUID]
    about_on: Mapped[date]
    leaves_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(10))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    outbox_key: Mapped[str | None] = mapped_column(sa.String(120))
    facts: Mapped[dict[str, Any]]


sa.Index("ix_notice_leaving", Notice.location_id, Notice.state, Notice.leaves_at)
