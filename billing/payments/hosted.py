"""One hosted card page for one invoice: opened once, read again and again, closed before another.

An edge, as the billing run is: short transactions around each call to Stripe, never a call
inside one. Page return, webhook and janitor all end in `finish`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app

from billing.cards import card_pages, customers
from billing.cards.card_pages import Page
from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, Session, Throttled
from billing.payments import payments
from billing.rules import checkout as rule
from billing.rules.keys import of_this_minute
from config.db import run_txn
from config.errors import NotFound, Unavailable


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where Stripe's page leads when it is done with, and when it is left; paths of ours."""

    paid: str
    left: str


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


def open_page(
    attempt_id: UUID, *, gateway: Gateway, now: datetime, back: WayBack | None = None
) -> str:
    """The address of the attempt's card page, made at Stripe on first need.

    It leads back to the member's own pages, unless `back` names others. Asking again gives
    the same page. Unavailable where Stripe did not answer: nothing was charged, and the next
    try finds what this one left.
    """
    page = card_pages.require(card_pages.by_attempt(attempt_id))
    if page.session_url is None:
        page = _asked(page, gateway, now, back or _home(page))
    if page.attempt_state != "action" or page.session_url is None:
        raise _unreachable()  # closed meanwhile, from another tab
    return page.session_url


def close_page(attempt_id: UUID, *, gateway: Gateway, now: datetime) -> Finished:
    """Make sure that nobody can pay on the attempt's page any more, or learn that it was paid.

    Raises Unavailable where Stripe does not answer: then nothing new may be opened.
    """
    if run_txn(lambda: card_pages.give_up(attempt_id)):
        payments.session_expired(attempt_id, now=now)
        return _finished(card_pages.require(card_pages.by_attempt(attempt_id)), "expired")
    page = card_pages.require(card_pages.by_attempt(attempt_id))
    assert page.session_id is not None, "only a page without a session is given up"
    try:
        door = gateway.at(page.stripe_account)
        session = door.expire_session(page.session_id, key=of_this_minute(f"ex:{attempt_id}", now))
    except (OutcomeUnknown, Throttled, GatewayRefused) as silence:
        raise _unreachable() from silence
    return _conclude(page, session, now)


def close_if_unseen(attempt_id: UUID, *, now: datetime) -> bool:
    """Give up a page whose address reached nobody by the time it would have closed by itself."""
    page = card_pages.require(card_pages.by_attempt(attempt_id))
    if page.session_id is not None or now < page.asked_at + rule.PAGE_LIVES:
        return False
    if not run_txn(lambda: card_pages.give_up(attempt_id)):
        return False
    payments.session_expired(attempt_id, now=now)
    return True


def finish(session_id: str, *, gateway: Gateway, now: datetime) -> Finished:
    """Look at a payment session and write down what it says, once, whoever asks.

    NotFound for a session that is not one of ours. OutcomeUnknown and Throttled pass
    through: the caller leaves it and looks again later.
    """
    page = card_pages.by_session(session_id)
    try:
        door = gateway.at(page.stripe_account) if page is not None else gateway
        session = door.retrieve_session(session_id)
    except GatewayRefused as refused:
        if page is not None:  # ours, at another account or in another mode: tells nothing
            raise OutcomeUnknown(refused.code) from refused
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
        run_txn(lambda: card_pages.keep_intent(page, session, now))
        payments.settle(page.attempt_id, intent, now=now)
    elif verdict == "expired":
        payments.session_expired(page.attempt_id, now=now)
    return _finished(page, verdict)


def _finished(page: Page, verdict: rule.Verdict) -> Finished:
    # An open invoice was tried off-session first; a sale's first attempt is its page.
    sale = page.attempt_n == 1
    return Finished(verdict, page.invoice_id, page.attempt_id, page.member_id, sale)


def _home(page: Page) -> WayBack:
    return WayBack("/checkout/return", f"/checkout/left/{page.invoice_id}")


def _asked(page: Page, gateway: Gateway, now: datetime, back: WayBack) -> Page:
    """Have the page made; the same key makes the same one, however often it is asked for."""
    try:
        session = _ask(page, gateway, now, back)
    except (OutcomeUnknown, Throttled) as silence:
        raise _unreachable() from silence
    except GatewayRefused as refused:
        if run_txn(lambda: card_pages.give_up(page.attempt_id)):
            payments.session_expired(page.attempt_id, now=now)
        raise _unreachable() from refused
    run_txn(lambda: card_pages.keep_session(page.intent_id, session))
    return card_pages.require(card_pages.by_attempt(page.attempt_id))


def _ask(page: Page, gateway: Gateway, now: datetime, back: WayBack) -> Session:
    customer_id = customers.customer_for(
        page.member_id, stripe_account=page.stripe_account, gateway=gateway, now=now
    )
    base_url = current_app.extensions["taper.settings"].base_url
    params = rule.payment_page(
        customer_id=customer_id,
        currency=page.currency,
        lines=card_pages.lines(page.invoice_id),
        ids=page.ids,
        keep_card=card_pages.may_keep_card(page),
        return_url=f"{base_url}{back.paid}",
        leave_url=f"{base_url}{back.left}",
        asked_at=page.asked_at,
    )
    door = gateway.at(page.stripe_account)
    return door.create_session(params, key=f"cs:{page.attempt_id}")


def _adopted(session: Session) -> Page:
    """The page whose making was answered to nobody, found by our key inside it."""
    try:
        page = card_pages.by_attempt(UUID(session.metadata.get("attempt", "")))
    except ValueError:
        page = None
    if page is None or page.session_id not in (None, session.id):
        raise NotFound("payment")
    run_txn(lambda: card_pages.keep_session(page.intent_id, session))
    return page


def _unreachable() -> Unavailable:
    return Unavailable(
        "card_page_unreachable",
        "The card page does not answer just now. Nothing was charged; please try again shortly.",
    )
