"""Money that Stripe took and that our rows do not tell of, as after a restore: taken over.

An edge. Nothing is charged by a process before it has looked once whether Stripe is ahead of
us; what it finds is settled with the invoice it paid, or kept until that is issued anew.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from billing import accounts
from billing.accounts import StripeAccount
from billing.gateway import Gateway, GatewayRefused, Intent, OutcomeUnknown, Throttled
from billing.models import PaymentIntent
from billing.payments import known_intents, payments
from billing.reconciling import adopting, strays
from billing.rules import adoption as rule
from config.db import db, run_txn
from config.errors import NotFound, Refused

PAGE = 100
# Further back than any backup's own moment: a clock's error, a charge under way.
MARGIN = timedelta(days=1)


class LookBack:
    """Whether this process has looked, before its first charge, if Stripe is ahead of us."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done = False
        self._strays = False

    def may_charge(self, attempt_id: UUID, *, gateway: Gateway, now: datetime) -> bool:
        """False where the attempt was paid before, or nobody can tell since Stripe is silent."""
        with self._lock:
            if not self._done:
                self._done = self._look(gateway, now)
                self._strays = strays.any_waiting()
            if not self._done:
                return False
        return not (self._strays and claim(attempt_id, gateway=gateway, now=now))

    @staticmethod
    def _look(gateway: Gateway, now: datetime) -> bool:
        try:
            for account in accounts.in_use(gateway):
                catch_up(account, now=now)
        except (OutcomeUnknown, Throttled, GatewayRefused):
            return False
        finally:
            db.session.rollback()  # no connection is kept while others wait
        return True


def catch_up(account: StripeAccount, *, now: datetime) -> Counter[str]:
    """Adopt what Stripe took since our newest intent, while it is ahead of us.

    Stripe lists the newest first: at the first page of which we know everything, we are level.
    """
    since = _newest_known(account)
    counts: Counter[str] = Counter()
    if since is None:
        return counts  # a house that never asked Stripe for money has nothing to take over
    found = account.gateway.intents_created(since=since, until=int(now.timestamp()) + 1)
    for some in _pages(found):
        if not known_intents.unheard_of(some):
            break
        counts.update(_adopt_page(account, some, now))
    return counts


def adopt(account: StripeAccount, *, since: int, until: int, now: datetime) -> Counter[str]:
    """Adopt what Stripe took in [since, until) epoch seconds; counts by what became of it.

    "adopted" is settled with its invoice, "stray" waits for an invoice or a person, "second"
    came for an invoice that another charge had paid, "left" is in a worker's hands.
    """
    counts: Counter[str] = Counter()
    for some in _pages(account.gateway.intents_created(since=since, until=until)):
        counts.update(_adopt_page(account, some, now))
    return counts


def claim(attempt_id: UUID, *, gateway: Gateway, now: datetime) -> bool:
    """Whether an attempt that is about to be charged was paid before: then it is settled so."""
    stray = strays.waiting_for(attempt_id)
    db.session.rollback()
    if stray is None:
        return False
    try:
        intent = gateway.at(stray.stripe_account).retrieve_intent(stray.stripe_id)
    except (OutcomeUnknown, Throttled, GatewayRefused):
        return True
    if intent.status != "succeeded":
        return False
    taken = run_txn(lambda: adopting.attach(stray.invoice_id, stray.stripe_account, intent, now))
    if taken is not None:
        payments.settle(taken, intent, now=now)
    return True


def _adopt_page(account: StripeAccount, some: list[Intent], now: datetime) -> Counter[str]:
    paid = [intent for intent in some if intent.status == "succeeded"]
    booked = known_intents.booked([intent.id for intent in paid])
    db.session.rollback()
    unknown = [intent for intent in paid if intent.id not in booked]
    return Counter(_adopt_or_hold(account, intent, now) for intent in unknown)


def _adopt_or_hold(account: StripeAccount, intent: Intent, now: datetime) -> str:
    """One that cannot be written down waits for a person; the others go on."""
    try:
        return _adopt(account, intent, now)
    except (OutcomeUnknown, Refused, NotFound, ValueError, IntegrityError) as odd:
        run_txn(lambda odd=odd: adopting.hold_odd(intent, str(odd), now))
        return "second"


def _adopt(account: StripeAccount, intent: Intent, now: datetime) -> str:
    ours = known_intents.ours(intent)
    match rule.fate(ours.facts):
        case "known":
            return "known"
        case "settle":
            assert ours.attempt_id is not None
            attempt_id = ours.attempt_id
            run_txn(lambda: adopting.point(attempt_id, account.name, intent, now))
            payments.settle(attempt_id, intent, now=now)
            return "adopted"
        case "attach":
            assert ours.invoice_id is not None
            invoice_id = ours.invoice_id
            taken = run_txn(lambda: adopting.attach(invoice_id, account.name, intent, now))
            if taken is None:
                return "second"
            payments.settle(taken, intent, now=now)
            return "adopted"
        case "second":
            run_txn(lambda: adopting.hold_second(ours.invoice_id, intent, now))
            return "second"
        case "stray":
            run_txn(lambda: strays.keep(account.name, intent, now))
            return "stray"
    return "left"


def _newest_known(account: StripeAccount) -> int | None:
    newest = db.session.scalar(
        sa.select(sa.func.max(PaymentIntent.created_at)).where(
            PaymentIntent.stripe_account.in_(account.names)
        )
    )
    return None if newest is None else int((newest - MARGIN).timestamp())


def _pages(found: Iterator[Intent]) -> Iterator[list[Intent]]:
    while some := list(islice(found, PAGE)):
        yield some
