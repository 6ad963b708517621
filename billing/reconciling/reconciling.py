"""The daily look at each Stripe account: import what moved, book it, and write down what differs.

An edge: Stripe is asked a page at a time, and each page is kept in a transaction of its own.
A look that died is begun again and finds what is kept already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from flask import current_app

from billing import accounts
from billing.accounts import StripeAccount
from billing.disputes import disputes
from billing.gateway import BalanceMove, GatewayRefused, OutcomeUnknown, Throttled
from billing.models import PaymentIntent, ReconcileRun
from billing.paced_lists import paced
from billing.payments.collect import collecting
from billing.reconciling import adoption, balance, breaks, matching, payouts
from billing.rules import reconcile as rule
from config import clock
from config.db import db, run_txn
from config.ids import new_id
from config.settings import Settings

T = TypeVar("T")
PAGE = 100
# A payout may be sent back by the bank days after it was made.
PAYOUTS_CHANGE_FOR = timedelta(days=21)


def work() -> Counter[str]:
    """Look at every account whose look of the day is not over; counts what became of each.

    "done", "over" (done before), "idle" (it never took money) or "silent" (Stripe does not
    answer: the next ask tries again).
    """
    found = accounts.in_use(collecting().gateway)
    return Counter(_account(one) for one in found)


def look(account: StripeAccount, *, on: date) -> str:
    """One account's look of a day; "over" where it was done before."""
    now = clock.now()
    run_id = run_txn(lambda: _begin(account.name, on=on, now=now))
    if run_id is None:
        return "over"
    since = _since(account.name)
    try:
        counts = keep_all(paced(account), since=since, until=int(now.timestamp()) + 1, now=now)
    except (OutcomeUnknown, Throttled, GatewayRefused):
        return "silent"
    book_all(account, now=now)
    payout_days = _settings().stripe_payout_days
    found = run_txn(lambda: _compare(account, asked_at=now, payout_days=payout_days))
    run_txn(lambda: _finish(run_id, counts, breaks_open=found, seen_until=now))
    return "done"


def _account(account: StripeAccount) -> str:
    if not _ever_used(account):
        return "idle"
    return look(account, on=account.business_date(clock.now()))


def keep_all(account: StripeAccount, *, since: int, until: int, now: datetime) -> Counter[str]:
    """Settle what letters did not tell, then keep movements, payouts and their make-up."""
    adoption.adopt(account, since=since, until=until, now=now)
    disputes.catch_up(since=since, until=until, gateway=account.gateway, now=now)
    counts: Counter[str] = Counter()
    for some in _pages(account.gateway.balance_moves(since=since, until=until)):
        _kept(lambda some=some: balance.keep(account.name, some))
        counts.update(_kind(move) for move in some)
    back = max(0, since - int((PAYOUTS_CHANGE_FOR - rule.OVERLAP).total_seconds()))
    for some in _pages(account.gateway.payouts_created(since=back, until=until)):
        _kept(lambda some=some: payouts.keep(account.name, some))
    for payout in payouts.unexplained(account.name):
        for some in _pages(account.gateway.moves_of_payout(payout.stripe_id)):
            _kept(lambda some=some, payout=payout: payouts.keep_make_up(payout, some))
    return counts


def book_all(account: StripeAccount, *, now: datetime) -> None:
    """Fees and payouts, a batch or a payout at a time."""
    zones = account.zones
    run_txn(lambda: balance.place(account.name))
    while run_txn(lambda: balance.book(account.name, zones=zones, now=now)) == balance.BATCH:
        pass
    for payout in payouts.unexplained(account.name):
        _kept(lambda payout=payout: payouts.book(payout.id, zones=zones, now=now))
    on = account.business_date(now)
    for payout_id in payouts.gone(account.name):
        _kept(lambda payout_id=payout_id: payouts.take_back(payout_id, on=on, now=now))


def _compare(account: StripeAccount, *, asked_at: datetime, payout_days: int) -> int:
    found = list(matching.differences(account, asked_at=asked_at, payout_days=payout_days))
    return breaks.refresh(account.name, found, now=asked_at)


def _kept(step: Callable[[], object]) -> None:
    run_txn(step)


def _pages(found: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(found)
    while some := list(islice(rest, PAGE)):
        yield some


def _kind(move: BalanceMove) -> str:
    for name, kinds in (
        ("charges", rule.CHARGES),
        ("refunds", rule.REFUNDS),
        ("disputes", rule.DISPUTES),
        ("payouts", rule.PAYOUT_KINDS),
    ):
        if move.kind in kinds:
            return name
    return "others"


def _ever_used(account: StripeAccount) -> bool:
    asked = sa.exists().where(PaymentIntent.stripe_account.in_(account.names))
    return bool(db.session.scalar(sa.select(asked)))


def _begin(name: str, *, on: date, now: datetime) -> UUID | None:
    """The run of this day, anew or left unfinished; None where it is over."""
    found = db.session.scalar(
        sa.select(ReconcileRun)
        .where(ReconcileRun.stripe_account == name, ReconcileRun.business_date == on)
        .execution_options(populate_existing=True)
    )
    if found is not None:
        return None if found.finished_at is not None else found.id
    run = ReconcileRun(
        id=new_id(),
        stripe_account=name,
        business_date=on,
        seen_until=now,
        charges=0,
        refunds=0,
        disputes=0,
        payouts=0,
        breaks=0,
        started_at=now,
        finished_at=None,
    )
    db.session.add(run)
    db.session.flush()
    return run.id


def _since(name: str) -> int:
    """Where the last finished look ended, a little earlier; the beginning where there is none."""
    last = db.session.scalar(
        sa.select(sa.func.max(ReconcileRun.seen_until)).where(
            ReconcileRun.stripe_account == name, ReconcileRun.finished_at.is_not(None)
        )
    )
    return 0 if last is None else int((last - rule.OVERLAP).timestamp())


def _finish(run_id: UUID, counts: Counter[str], *, breaks_open: int, seen_until: datetime) -> None:
    run = db.session.get_one(ReconcileRun, run_id, populate_existing=True, with_for_update=True)
    if run.finished_at is not None:
        return  # by another, meanwhile: what it counted began where ours did, or before
    run.charges, run.refunds = counts["charges"], counts["refunds"]
    run.disputes, run.payouts = counts["disputes"], counts["payouts"]
    run.breaks, run.seen_until = breaks_open, seen_until
    run.finished_at = clock.now()
    db.session.flush()


def _settings() -> Settings:
    return current_app.extensions["taper.settings"]
