"""The claim on a location's run of a business date, and its counters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import BillingRun
from billing.runs.rehearsals import Expected
from config.clock import lease_now_ms
from config.db import db
from config.ids import new_id
from locations.upsert import insert_or

LEASE_MS = 120_000


class ClaimLost(RuntimeError):
    """Another worker took the run over: this one's transaction must roll back."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run in one worker's hands; `resumed` where an earlier worker had not finished."""

    run_id: UUID
    token: UUID
    resumed: bool


def claim(location_id: UUID, *, on: date, now: datetime) -> Claim | None:
    """Take the run of this location and date, or None while somebody else holds it.

    The row is made first and locked then, so that of two who come at once one waits and is told.
    """
    db.session.execute(
        insert_or(BillingRun).values(_new(location_id, on, now)).on_conflict_do_nothing()
    )
    run = db.session.scalars(
        sa.select(BillingRun)
        .where(BillingRun.location_id == location_id, BillingRun.business_date == on)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    now_ms, token = lease_now_ms(), new_id()
    if run.lease_until_ms is not None and run.lease_until_ms > now_ms:
        return None
    resumed = run.state == "running"
    run.resumes += resumed
    run.state = "running"
    run.lease_token = token
    run.lease_until_ms = now_ms + LEASE_MS
    db.session.flush()
    return Claim(run.id, token, resumed)


def renew(claim: Claim) -> None:
    """Prolong the claim; raises ClaimLost where it is no longer ours."""
    _update(claim, lease_until_ms=lease_now_ms() + LEASE_MS)


def count(claim: Claim, *, issued: int, cents: int, parked: int) -> None:
    """Add a batch to the run's counters."""
    _update(
        claim,
        issued=BillingRun.issued + issued,
        issued_cents=BillingRun.issued_cents + cents,
        parked=BillingRun.parked + parked,
    )


def expect(claim: Claim, found: Expected) -> None:
    """Keep what was computed before anything was written; a day's later runs add to it."""
    run = db.session.get_one(BillingRun, claim.run_id, populate_existing=True)
    before = (run.proof or {}).get("rehearsed", {"count": 0, "cents": 0, "held": 0})
    added = {"count": found.count, "cents": found.total_cents, "held": len(found.held)}
    _update(claim, proof={"rehearsed": {name: before[name] + added[name] for name in before}})


def finish(claim: Claim, *, now: datetime) -> None:
    """The date's work is over for now; a later call may find more and take it again."""
    _update(claim, state="done", lease_token=None, lease_until_ms=None, finished_at=now)


def _new(location_id: UUID, on: date, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "location_id": location_id,
        "business_date": on,
        "state": "done",
        "resumes": 0,
        "issued": 0,
        "issued_cents": 0,
        "parked": 0,
        "started_at": now,
    }


def _update(claim: Claim, **values: object) -> None:
    done = db.session.execute(
        sa.update(BillingRun)
        .where(BillingRun.id == claim.run_id, BillingRun.lease_token == claim.token)
        .values(**values)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise ClaimLost(str(claim.run_id))
