"""Collects what is ready: a pool of threads hides the latency, the pacer keeps the limit.

An edge. Issue, charge and settle overlap; nothing drains per batch, nothing is held in memory
but a page of ids.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app

from billing.gateway import Gateway
from billing.models import PaymentAttempt
from billing.pace import Pacer, SharedPacer
from billing.payments import leases
from billing.payments.attempt_ends import Settled
from billing.payments.charge import CALLS, charge
from billing.reconciling.adoption import LookBack
from billing.recovery import retries
from config import clock
from config.db import db, run_txn
from locations.models import LegalEntity, Location

PAGE = 256


@dataclass(frozen=True, slots=True)
class Collecting:
    """What a collection needs: the door, its pace, how many hands, how long a lease.

    `gateway` leads to those of other accounts; `pacers` are theirs by name, if there are several.
    """

    gateway: Gateway
    pacer: Pacer | SharedPacer
    threads: int
    lease_ms: int
    look_back: LookBack = field(default_factory=LookBack)
    pacers: Mapping[str, Pacer | SharedPacer] = field(default_factory=dict)

    def pacer_at(self, stripe_account: str) -> Pacer | SharedPacer:
        """The bucket of an account; where only one is set, its own."""
        return self.pacers.get(stripe_account, self.pacer)


def collecting() -> Collecting:
    """The current application's way to collect."""
    return current_app.extensions["taper.collecting"]


class Ready:
    """Hands out attempts whose time has come, a page at a time, to many threads.

    While `issuing` is set an empty page means *wait*; afterwards it means *done*.
    """

    def __init__(self, location_id: UUID | None) -> None:
        self._location_id = location_id
        self._page: deque[UUID] = deque()
        self._tried: UUID | None = None
        self._more = threading.Condition()
        self.issuing = False

    def next(self) -> UUID | None:
        """The next attempt, or none when all that was ready has been handed out."""
        with self._more:
            while True:
                if not self._page:
                    self._page.extend(self._read())
                if self._page:
                    self._tried = self._page.popleft()
                    return self._tried
                if not self.issuing:
                    return None
                self._more.wait(timeout=0.5)

    def issued(self, *, more: bool) -> None:
        """The issue stage has committed a batch; `more` says whether it goes on."""
        with self._more:
            self.issuing = more
            self._more.notify_all()

    def _read(self) -> list[UUID]:
        query = sa.select(PaymentAttempt.id).where(
            PaymentAttempt.state == "ready", PaymentAttempt.not_before <= clock.now()
        )
        if self._location_id is not None:
            query = query.where(PaymentAttempt.location_id == self._location_id)
        if self._tried is not None:
            query = query.where(PaymentAttempt.id > self._tried)
        found = list(db.session.scalars(query.order_by(PaymentAttempt.id).limit(PAGE)))
        # A thread that waits or talks to Stripe must not keep a connection from the others.
        db.session.rollback()
        return found


def collect_ready(location_id: UUID | None = None) -> Counter[str]:
    """Charge every attempt that is ready; counts by outcome (succeeded, failed, unknown ...)."""
    ready = Ready(location_id)
    return Pool(ready).finish()


class Pool:
    """Threads that charge what `ready` hands out, from the moment it is made."""

    def __init__(self, ready: Ready, *, settled: Callable[[Settled], None] | None = None) -> None:
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._ready = ready
        self._settled = settled
        self._counts: Counter[str] = Counter()
        self._errors: list[BaseException] = []
        self._lock = threading.Lock()
        self._hands = collecting().threads
        self._threads: list[threading.Thread] = []
        self._add_hand()

    def finish(self) -> Counter[str]:
        """Wait for the last one; raises what a thread died of, after all have ended."""
        for thread in self._threads:  # grows while we wait: a hand is added by one still at work
            thread.join()
        if self._errors:
            raise self._errors[0]
        return self._counts

    def _add_hand(self) -> None:
        """One more thread, as long as there is something to do: most days have little."""
        with self._lock:
            if len(self._threads) < self._hands:
                name = f"charge-{len(self._threads)}"
                self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
                self._threads[-1].start()

    def _work(self) -> None:
        with self._app.app_context():
            try:
                while (attempt_id := self._ready.next()) is not None:
                    self._add_hand()
                    self._charge(attempt_id)
            except BaseException as error:  # handed to finish(), which raises it
                with self._lock:
                    self._errors.append(error)

    def _charge(self, attempt_id: UUID) -> None:
        settled = charge_one(attempt_id)
        with self._lock:
            self._counts[settled.state if settled else "unknown"] += 1
        if settled is not None and self._settled is not None:
            self._settled(settled)


def charge_one(attempt_id: UUID) -> Settled | None:
    """Wait for the bucket, lease, charge. None: unknown, or somebody else has it."""
    with_what = collecting()
    pacer = _pacer(attempt_id, with_what)
    wait_s = pacer.reserve(CALLS)
    if wait_s > 0:
        time.sleep(wait_s)
    now = clock.now()
    if not with_what.look_back.may_charge(attempt_id, gateway=with_what.gateway, now=now):
        return None
    leased = run_txn(lambda: leases.take(attempt_id, lease_ms=with_what.lease_ms, now=now))
    if leased is None:
        return None
    return charge(leased, gateway=with_what.gateway, pacer=pacer)


def _pacer(attempt_id: UUID, with_what: Collecting) -> Pacer | SharedPacer:
    """Only where there are several accounts is it asked whose attempt this is."""
    if not with_what.pacers:
        return with_what.pacer
    account = db.session.scalar(
        sa.select(LegalEntity.stripe_account)
        .join(Location, Location.legal_entity_id == LegalEntity.id)
        .join(PaymentAttempt, PaymentAttempt.location_id == Location.id)
        .where(PaymentAttempt.id == attempt_id)
    )
    db.session.rollback()  # no connection is kept while waiting
    return with_what.pacer_at(account or "")


def collect_now(invoice_id: UUID) -> Settled | None:
    """Collect an open invoice at once with the card on file, exactly once; planned tries drop.

    An attempt already in flight is left to whoever has it.
    """
    now = clock.now()
    run_txn(lambda: retries.open_try(invoice_id, not_before=now, now=now))
    ready = db.session.scalar(
        sa.select(PaymentAttempt.id).where(
            PaymentAttempt.invoice_id == invoice_id, PaymentAttempt.state == "ready"
        )
    )
    return charge_one(ready) if ready is not None else None
