"""A location's billing run for one business date: issue what is due, collect what is ready.

An edge. One worker per location holds the claim, because the location's invoice numbers are
handed out one transaction at a time anyway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DataError, IntegrityError

from billing import agenda
from billing.invoices import extras, invoicing
from billing.invoices.invoicing import Issued
from billing.payments.attempt_ends import Settled
from billing.payments.collect import Pool, Ready
from billing.rules.run import next_batch, reasons_open
from billing.runs import claiming, parking, rehearsals, runs
from billing.runs.runs import Claim
from config import clock
from config.db import run_txn
from locations import tax_rates
from locations.models import Location
from membership.plans.renewals import Overtaken
from membership.rules.due import DueBatch, HeldBack

BATCH = 500

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class RunReport:
    """What one call did; amounts in minor units. `taken` is false where another worker runs."""

    location: str
    on: date
    taken: bool = True
    resumed: bool = False
    issued: int = 0
    issued_cents: int = 0
    parked: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


def bill(location: Location, *, on: date, progress: Progress | None = None) -> RunReport:
    """Issue every period due by `on` and collect what is ready, at the current instant.

    Running it twice is harmless: the second finds nothing due. A worker that died left its
    claim to expire; the next one resumes, and what was charged but not written is adopted.
    """
    report = RunReport(location.slug, on)
    if agenda.run_idle(location.id, on=on, now=clock.now(), reasons=_reasons(location, on)):
        return report
    claim = run_txn(lambda: runs.claim(location.id, on=on, now=clock.now()))
    if claim is None:
        report.taken = False
        return report
    report.resumed = claim.resumed
    if not claim.resumed:
        # Computed before anything is locked: it is long, and a desk would wait for it.
        found = rehearsals.expect(location, on=on, reasons=_reasons(location, on))
        run_txn(lambda: runs.expect(claim, found))
    ready = Ready(location.id)
    ready.issuing = True
    pool = Pool(ready, settled=_counted(progress))
    try:
        while run_txn(lambda: extras.issue_due(location, on=on, now=clock.now())) == extras.BATCH:
            ready.issued(more=True)
        for issued in _batches(location, claim, on):
            report.issued += issued.count
            report.issued_cents += issued.total_cents
            report.parked += len(issued.held)
            ready.issued(more=True)
            if progress is not None:
                progress("issued", issued.count)
    finally:
        ready.issued(more=False)
        report.outcomes = pool.finish()
    run_txn(lambda: runs.finish(claim, now=clock.now()))
    return report


def _counted(progress: Progress | None) -> Callable[[Settled], None] | None:
    if progress is None:
        return None
    return lambda settled: progress(settled.state, 1)


def _batches(location: Location, claim: Claim, on: date) -> Iterator[Issued]:
    """Batch after batch until nothing is due; a poisoned member is found, parked, passed over."""
    size = BATCH
    while True:
        try:
            issued, more, took_s = _issue_batch(location, claim, on, size)
        except (IntegrityError, DataError, ArithmeticError, ValueError) as error:
            if size == 1:
                yield _park_next(location, claim, on, f"{type(error).__name__}: {error}")
                size = BATCH
            else:
                size = 1  # somebody in this batch is poisoned: find out who, one by one
            continue
        except Overtaken:
            continue
        yield issued
        if not more:
            return
        if size > 1:
            size = next_batch(size, took_s=took_s, most=BATCH)


def _issue_batch(
    location: Location, claim: Claim, on: date, size: int
) -> tuple[Issued, bool, float]:
    """A batch in a transaction, and the seconds it took once the transaction was open."""

    def timed() -> tuple[Issued, bool, float]:
        began_s = clock.monotonic()
        issued, more = issue_batch(location, claim, on=on, limit=size)
        return issued, more, clock.monotonic() - began_s

    return run_txn(timed)


def issue_batch(location: Location, claim: Claim, *, on: date, limit: int) -> tuple[Issued, bool]:
    """T0: claim, compute, write and advance up to `limit` dues in the caller's transaction."""
    now = clock.now()
    runs.renew(claim)
    batch = _claimed(location, on, limit, now)
    if not batch.dues and not batch.held:
        return Issued(0, 0, ()), batch.more  # most asks of a day find nothing
    issued = invoicing.issue(
        batch.dues,
        location=location,
        rates=tax_rates.in_force(location.id, on=on),
        on=on,
        charge_from=now,
        run_id=claim.run_id,
        now=now,
    )
    held = (*batch.held, *issued.held)
    _park(location, held, now=now)
    runs.count(claim, issued=issued.count, cents=issued.total_cents, parked=len(held))
    return Issued(issued.count, issued.total_cents, held), batch.more or bool(held)


def _claimed(location: Location, on: date, limit: int, now: datetime) -> DueBatch:
    reasons = _reasons(location, on)
    return claiming.claim(location.id, on=on, reasons=reasons, limit=limit, now=now)


def _reasons(location: Location, on: date) -> frozenset[str]:
    at = clock.now().astimezone(ZoneInfo(location.zone))
    return reasons_open(day=on, today=at.date(), at=at.time())


def _park_next(location: Location, claim: Claim, on: date, reason: str) -> Issued:
    """Hold back the one membership whose invoice could not be written, with what was said."""

    def hold() -> Issued:
        found = _claimed(location, on, 1, clock.now()).dues
        held = tuple(
            HeldBack(due.membership_id, "not_billable", reason.splitlines()[0]) for due in found
        )
        _park(location, held, now=clock.now())
        runs.count(claim, issued=0, cents=0, parked=len(held))
        return Issued(0, 0, held)

    return run_txn(hold)


def _park(location: Location, held: Sequence[HeldBack], *, now: datetime) -> None:
    for one in held:
        parking.park(
            "membership",
            str(one.membership_id),
            code=one.code,
            reason=one.reason,
            location_id=location.id,
            now=now,
        )
