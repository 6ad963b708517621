"""Attempts that wait for the member on a page, or that charge their card with them beside us."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from billing.models import Invoice, PaymentAttempt, PaymentIntent
from billing.rules.checkout import PAGE_LIVES
from config import clock
from config.db import db
from config.errors import Refused
from config.ids import new_id
from locations import places
from locations.models import Location


def place_attempt(invoice: Invoice, *, now: datetime) -> UUID:
    """Attempt n+1 in `action`, with an intent row; unique indexes allow one of each at a time.

    An IntegrityError tells that somebody else was a moment earlier.
    """
    location = places.get(invoice.location_id)
    owed_cents = invoice.total_cents - invoice.paid_cents - invoice.credited_cents
    if owed_cents <= 0:
        raise Refused("nothing_to_pay", "There is nothing to pay.")
    attempt = PaymentAttempt(
        id=new_id(),
        invoice_id=invoice.id,
        location_id=invoice.location_id,
        n=1 + _last(PaymentAttempt.n, PaymentAttempt.invoice_id == invoice.id),
        kind="checkout",
        state="action",
        not_before=now,
        # Nobody needs to look before the page has closed by itself.
        lease_until_ms=clock.lease_now_ms() + int(PAGE_LIVES.total_seconds()) * 1000,
        looks=0,
        created_at=now,
        intent_id=_intent_row(invoice, owed_cents, location, now),
    )
    db.session.add(attempt)
    db.session.flush()
    return attempt.id


def by_page(invoice: Invoice, *, now: datetime) -> UUID:
    """The attempt that was made ready in this transaction becomes a page: nobody charges a card
    without the member. Returns its key.
    """
    attempt = _newest(invoice.id, "ready")
    attempt.kind = "checkout"
    attempt.state = "action"
    attempt.lease_until_ms = clock.lease_now_ms() + int(PAGE_LIVES.total_seconds()) * 1000
    location = places.get(invoice.location_id)
    owed_cents = invoice.total_cents - invoice.paid_cents - invoice.credited_cents
    attempt.intent_id = _intent_row(invoice, owed_cents, location, now)
    db.session.flush()
    return attempt.id


def by_card(invoice: Invoice) -> UUID:
    """The page that was placed in this transaction becomes a charge of the saved card, at once.

    Only where a consent covers it. Returns the attempt's key.
    """
    attempt = _newest(invoice.id, "action")
    attempt.kind = "off_session"
    attempt.state = "ready"
    attempt.lease_until_ms = None
    db.session.flush()
    return attempt.id


def page_of(invoice_id: UUID) -> UUID | None:
    """The page on which this invoice may be paid now, if one is placed."""
    return db.session.scalar(
        sa.select(PaymentAttempt.id).where(
            PaymentAttempt.invoice_id == invoice_id,
            PaymentAttempt.state == "action",
            PaymentAttempt.kind == "checkout",
        )
    )


def is_opened(attempt_id: UUID) -> bool:
    """Whether Stripe has made the page: it lives by Stripe's clock from then on."""
    query = (
        sa.select(PaymentIntent.session_url)
        .join(PaymentAttempt, PaymentAttempt.intent_id == PaymentIntent.id)
        .where(PaymentAttempt.id == attempt_id)
    )
    return db.session.scalar(query) is not None


def _newest(invoice_id: UUID, state: str) -> PaymentAttempt:
    query = sa.select(PaymentAttempt).where(
        PaymentAttempt.invoice_id == invoice_id, PaymentAttempt.state == state
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _intent_row(invoice: Invoice, owed_cents: int, location: Location, now: datetime) -> UUID:
    """The live row that nothing at Stripe belongs to yet, or a new one behind a closed one."""
    unused = db.session.scalar(
        sa.select(PaymentIntent.id).where(
            PaymentIntent.invoice_id == invoice.id,
            PaymentIntent.state == "live",
            PaymentIntent.stripe_id.is_(None),
            PaymentIntent.session_id.is_(None),
            PaymentIntent.amount_cents == owed_cents,
        )
    )
    if unused is not None:
        return unused
    row = PaymentIntent(
        id=new_id(),
        invoice_id=invoice.id,
        seq=1 + _last(PaymentIntent.seq, PaymentIntent.invoice_id == invoice.id),
        state="live",
        stripe_account=places.stripe_account_of(location),
        amount_cents=owed_cents,
        currency=invoice.currency,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def _last(column: InstrumentedAttribute[int], where: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.max(column)).where(where)) or 0
