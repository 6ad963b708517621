"""One hosted card page for one invoice: opened once, read again and again, closed before another.

An edge, as the billing run is: short transactions around each call to Stripe, never a call
inside one. Page return, webhook and janitor all end in `finish`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from flask import current_app

from billing import customers, payments
from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, Session, Throttled
from billing.models import Invoice, InvoiceLine, PaymentAttempt, PaymentIntent
from billing.rules import checkout as rule
from config.db import db, run_txn
from config.errors import NotFound, Unavailable
from membership.models import Consent


@dataclass(frozen=True, slots=True)
class Finished:
    """What a card page came to: paid, expired, or still waiting for the member.

    `sale` tells a sale that began on the page from an invoice that was open before.
    """

    verdict: rule.Verdict
    invoice_id: UUID
    attempt_id: UUID
    member_id: UUID
    sale: bool


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

    @property
    def ids(self) -> rule.PageIds:
        """Our keys as Stripe carries them."""
        return rule.PageIds(self.invoice_id, self.attempt_id, self.intent_id, self.member_id)


def open_page(attempt_id: UUID, *, gateway: Gateway, now: datetime) -> str:
    """The address of the attempt's card page, made at Stripe on first need.

    Asking again gives the same page. Unavailable where Stripe did not answer: nothing was
    charged, and the next try finds what this one left.
    """
    page = _require(_by_attempt(attempt_id))
    if page.session_url is None:
        page = _asked(page, gateway, now)
    if page.attempt_state != "action" or page.session_url is None:
        raise _unreachable()  # closed meanwhile, from another tab
    return page.session_url


def close_page(attempt_id: UUID, *, gateway: Gateway, now: datetime) -> Finished:
    """Make sure that nobody can pay on the attempt's page any more, or learn that it was paid.

    Raises Unavailable where Stripe does not answer: then nothing new may be opened.
    """
    if run_txn(lambda: _give_up(attempt_id)):
        payments.session_expired(attempt_id, now=now)
        return _finished(_require(_by_attempt(attempt_id)), "expired")
    page = _require(_by_attempt(attempt_id))
    assert page.session_id is not None, "only a page without a session is given up"
    try:
        session = gateway.expire_session(page.session_id, key=f"ex:{attempt_id}")
    except (OutcomeUnknown, Throttled, GatewayRefused) as silence:
        raise _unreachable() from silence
    return _conclude(page, session, now)


def finish(session_id: str, *, gateway: Gateway, now: datetime) -> Finished:
    """Look at a payment session and write down what it says, once, whoever asks.

    NotFound for a session that is not one of ours. OutcomeUnknown and Throttled pass
    through: the caller leaves it and looks again later.
    """
    page = _by_session(session_id)
    try:
        session = gateway.retrieve_session(session_id)
    except GatewayRefused as refused:
        raise NotFound("payment") from refused
    if page is None:
        page = _adopted(session)
    return _conclude(page, session, now)


def _conclude(page: Page, session: Session, now: datetime) -> Finished:
    if page.session_id not in (None, session.id) or session.mode != "payment":
        raise OutcomeUnknown(f"asked for {page.session_id}, got {session.id}")
    verdict = rule.verdict(status=session.status, payment_status=session.payment_status)
    if verdict == "paid":
        intent = session.intent
        if intent is None:
            raise OutcomeUnknown(f"{session.id} is paid, and carries no intent")
        run_txn(lambda: _keep_intent(page, session, now))
        payments.settle(page.attempt_id, intent, now=now)
    elif verdict == "expired":
        payments.session_expired(page.attempt_id, now=now)
    return _finished(page, verdict)


def _finished(page: Page, verdict: rule.Verdict) -> Finished:
    # An open invoice was tried off-session first; a sale's first attempt is its page.
    sale = page.attempt_n == 1
    return Finished(verdict, page.invoice_id, page.attempt_id, page.member_id, sale)


def _asked(page: Page, gateway: Gateway, now: datetime) -> Page:
    """Have the page made; the same key makes the same one, however often it is asked for."""
    try:
        session = _ask(page, gateway, now)
    except (OutcomeUnknown, Throttled) as silence:
        raise _unreachable() from silence
    except GatewayRefused as refused:
        if run_txn(lambda: _give_up(page.attempt_id)):
            payments.session_expired(page.attempt_id, now=now)
        raise _unreachable() from refused
    run_txn(lambda: _keep_session(page.intent_id, session))
    return _require(_by_attempt(page.attempt_id))


def _ask(page: Page, gateway: Gateway, now: datetime) -> Session:
    customer_id = customers.customer_for(
        page.member_id, stripe_account=page.stripe_account, gateway=gateway, now=now
    )
    base_url = current_app.extensions["taper.settings"].base_url
    params = rule.payment_page(
        customer_id=customer_id,
        currency=page.currency,
        lines=_lines(page.invoice_id),
        ids=page.ids,
        keep_card=_may_keep_card(page),
        return_url=f"{base_url}/checkout/return",
        leave_url=f"{base_url}/checkout/left/{page.invoice_id}",
        asked_at=page.asked_at,
    )
    return gateway.create_session(params, key=f"cs:{page.attempt_id}")


def _lines(invoice_id: UUID) -> tuple[rule.PageLine, ...]:
    rows = db.session.scalars(
        sa.select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.n)
    ).all()
    taxes: dict[str, int] = {}
    for row in rows:
        taxes[row.tax_name] = taxes.get(row.tax_name, 0) + row.tax_cents
    return rule.page_lines([(row.description, row.net_cents) for row in rows], taxes)


def _may_keep_card(page: Page) -> bool:
    """Only a consent on record lets Stripe keep a card for charges without the member."""
    bound = sa.or_(Consent.id == page.consent_id, Consent.member_pack_id == page.source_id)
    query = sa.select(Consent.id).where(bound, Consent.member_id == page.member_id)
    return db.session.scalar(query.limit(1)) is not None


def _keep_session(intent_id: UUID, session: Session) -> None:
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


def _give_up(attempt_id: UUID) -> bool:
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


def _keep_intent(page: Page, session: Session, now: datetime) -> None:
    """Write the intent's id once and, in the same commit, the card that the member let us keep."""
    assert session.intent is not None
    kept: Any = db.session.execute(
        sa.update(PaymentIntent)
        .where(PaymentIntent.id == page.intent_id, PaymentIntent.stripe_id.is_(None))
        .values(stripe_id=session.intent.id)
    )
    if kept.rowcount and session.card is not None and _may_keep_card(page):
        customers.remember_card(
            page.member_id, stripe_account=page.stripe_account, card=session.card, now=now
        )


def _adopted(session: Session) -> Page:
    """The page whose making was answered to nobody, found by our key inside it."""
    try:
        page = _by_attempt(UUID(session.metadata.get("attempt", "")))
    except ValueError:
        page = None
    if page is None or page.session_id not in (None, session.id):
        raise NotFound("payment")
    run_txn(lambda: _keep_session(page.intent_id, session))
    return page


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
    )
    .join(PaymentIntent, PaymentIntent.id == PaymentAttempt.intent_id)
    .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
    .where(PaymentAttempt.kind == "checkout")
)


def _by_attempt(attempt_id: UUID) -> Page | None:
    row = db.session.execute(_PAGE.where(PaymentAttempt.id == attempt_id)).first()
    return Page._make(row) if row else None


def _by_session(session_id: str) -> Page | None:
    row = db.session.execute(_PAGE.where(PaymentIntent.session_id == session_id)).first()
    return Page._make(row) if row else None


def _require(page: Page | None) -> Page:
    if page is None:
        raise NotFound("payment")
    return page


def _unreachable() -> Unavailable:
    return Unavailable(
        "card_page_unreachable",
        "The card page does not answer just now. Nothing was charged; please try again shortly.",
    )
