"""The rows behind a hosted card page: read at once, and each fact about it written once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.cards import customers
from billing.gateway import Session
from billing.models import Invoice, InvoiceLine, PaymentAttempt, PaymentIntent
from billing.rules import checkout as rule
from billing.rules.adoption import source_key
from config.db import db
from config.errors import NotFound
from membership.models import Consent, MembershipPeriod


class Page(NamedTuple):
    """The rows behind a card page, read at once."""

    attempt_id: UUID
    attempt_state: str
    attempt_n: int
    asked_at: datetime
    intent_id: UUID
    stripe_account: str
    session_id: str | None
    session_url: str | None
    invoice_id: UUID
    member_id: UUID
    source_id: UUID
    consent_id: UUID | None
    currency: str
    reason: str
    membership_id: UUID | None
    period_start: date | None

    @property
    def ids(self) -> rule.PageIds:
        """Our keys as Stripe carries them."""
        key = source_key(
            self.reason,
            source_id=self.source_id,
            membership_id=self.membership_id,
            consent_id=self.consent_id,
            period_start=self.period_start,
        )
        return rule.PageIds(
            self.invoice_id, self.attempt_id, self.intent_id, self.member_id, self.reason, key
        )


def by_attempt(attempt_id: UUID) -> Page | None:
    """The page of an attempt, if it has one."""
    row = db.session.execute(_PAGE.where(PaymentAttempt.id == attempt_id)).first()
    return Page._make(row) if row else None


def by_session(session_id: str) -> Page | None:
    """The page that this session of Stripe's is, if it is ours."""
    row = db.session.execute(_PAGE.where(PaymentIntent.session_id == session_id)).first()
    return Page._make(row) if row else None


def require(page: Page | None) -> Page:
    """The page; NotFound where there is none."""
    if page is None:
        raise NotFound("payment")
    return page


def lines(invoice_id: UUID) -> tuple[rule.PageLine, ...]:
    """What the page shows: the invoice's lines before tax, then each tax by name.

    Where part of it is paid or credited already, what is left stands on one line.
    """
    invoice = db.session.get_one(Invoice, invoice_id, populate_existing=True)
    off_cents = invoice.paid_cents + invoice.credited_cents - invoice.refunds_owed_cents
    rows = db.session.scalars(
        sa.select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.n)
    ).all()
    if off_cents:
        return rule.rest_of(rows[-1].description, invoice.total_cents - off_cents)
    taxes: dict[str, int] = {}
    for row in rows:
        taxes[row.tax_name] = taxes.get(row.tax_name, 0) + row.tax_cents
    return rule.page_lines([(row.description, row.net_cents) for row in rows], taxes)


def may_keep_card(page: Page) -> bool:
    """Only a consent on record lets Stripe keep a card for charges without the member."""
    bound = sa.or_(Consent.id == page.consent_id, Consent.member_pack_id == page.source_id)
    query = sa.select(Consent.id).where(
        bound, Consent.member_id == page.member_id, Consent.state.in_(("given", "used"))
    )
    return db.session.scalar(query.limit(1)) is not None


def keep_session(intent_id: UUID, session: Session) -> None:
    """Write-once: a later answer never replaces the page that a member was sent to.

    Nor does it revive a page that was given up: its address was shown to nobody.
    """
    db.session.execute(
        sa.update(PaymentIntent)
        .where(
            PaymentIntent.id == intent_id,
            PaymentIntent.session_id.is_(None),
            PaymentIntent.state == "live",
        )
        .values(session_id=session.id, session_url=session.url)
    )


def give_up(attempt_id: UUID) -> bool:
    """Close an intent row whose page has no address yet; false where a page may be in use.

    An address is shown only after it was stored on a live row, so whoever still waits for
    Stripe's answer about this page will find that it may not be shown.
    """
    of_attempt = sa.select(PaymentAttempt.intent_id).where(PaymentAttempt.id == attempt_id)
    given_up: Any = db.session.execute(
        sa.update(PaymentIntent)
        .where(
            PaymentIntent.id == of_attempt.scalar_subquery(),
            PaymentIntent.session_id.is_(None),
            PaymentIntent.stripe_id.is_(None),
        )
        .values(state="canceled")
    )
    return bool(given_up.rowcount)


def keep_intent(page: Page, session: Session, now: datetime) -> None:
    """Write the intent's id once and, in the same commit, the card that the member let us keep.

    Of any card its fingerprint stays, which tells the same card again and nothing else.
    """
    assert session.intent is not None
    fingerprint = session.card.fingerprint if session.card else None
    kept: Any = db.session.execute(
        sa.update(PaymentIntent)
        .where(PaymentIntent.id == page.intent_id, PaymentIntent.stripe_id.is_(None))
        .values(stripe_id=session.intent.id, card_fingerprint=fingerprint)
    )
    if kept.rowcount and session.card is not None and may_keep_card(page):
        customers.remember_card(
            page.member_id, stripe_account=page.stripe_account, card=session.card, now=now
        )


_PAGE = (
    sa.select(
        PaymentAttempt.id,
        PaymentAttempt.state,
        PaymentAttempt.n,
        PaymentAttempt.created_at,
        PaymentIntent.id,
        PaymentIntent.stripe_account,
        PaymentIntent.session_id,
        PaymentIntent.session_url,
        Invoice.id,
        Invoice.member_id,
        Invoice.source_id,
        Invoice.consent_id,
        Invoice.currency,
        Invoice.reason,
        Invoice.membership_id,
        MembershipPeriod.start,
    )
    .join(PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id)
    .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
    .outerjoin(MembershipPeriod, MembershipPeriod.id == Invoice.source_id)
    .where(PaymentAttempt.kind == "checkout")
)
