"""How long does a desk wait for a check-in while the same process bills 10,000 members?

`python -m benchmarks.desk [--due 10000] [--seconds 60] [--kind sqlite]` bills in one thread, at
Stripe's default limit and 300 ms a call, and checks members in from another, ten a second. It
counts from the press of the button to the end of the commit.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app

from benchmarks import ground, stand_in
from benchmarks.measure import at
from billing.models import BillingRun
from billing.runs import run
from config import clock
from config.db import db, run_txn, transaction
from config.ids import new_id
from config.secret import Secret
from locations.models import Location
from membership.credits import credits
from membership.models import Member
from membership.rules.credits import GrantRow
from membership.visits import visits

EVERY_S = 0.1
VISITORS = 1_000
TARGET_MS = 150


def with_sessions(here: UUID) -> list[UUID]:
    """Members who have sessions to use besides what is billed now."""
    members = list(db.session.scalars(sa.select(Member.id).order_by(Member.id).limit(VISITORS)))
    now = clock.now()
    with transaction():
        credits.grant_many([_sessions(member_id, here) for member_id in members], now=now)
    return members


def check_in(members: Sequence[UUID], here: UUID, *, until: float) -> list[tuple[float, int]]:
    """Check them in one by one; milliseconds of each, and how many were issued by then."""
    waited = []
    for member_id in members:
        if time.monotonic() > until:
            break
        now, began = clock.now(), time.perf_counter()
        with current_app.test_request_context():
            run_txn(
                lambda member_id=member_id, now=now: visits.check_in(
                    member_id, location_id=here, by_account_id=None, request_key=None, now=now
                )
            )
            took = time.perf_counter() - began
        issued = db.session.scalar(sa.select(sa.func.sum(BillingRun.issued))) or 0
        db.session.rollback()
        waited.append((took * 1e3, int(issued)))
        time.sleep(max(0.0, EVERY_S - took))
    return waited


def measure(kind: str, due: int, seconds: int) -> None:
    """Print how long check-ins took before a run, while it issues, and while it charges."""
    with (
        stand_in.running(latency_ms=300) as address,
        ground.opened(
            kind, stripe_api_base=address, stripe_api_key=Secret("sk_test_stand_in"),
            charge_threads=64,
        ),
    ):  # fmt: skip
        here = ground.studio_with(due)
        members = with_sessions(here.id)
        alone = check_in(members[:50], here.id, until=time.monotonic() + seconds)
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        threading.Thread(target=_bill, args=(app, here), daemon=True).start()
        during = check_in(members[50:], here.id, until=time.monotonic() + seconds)
        _show(f"{kind}, nothing else", [ms for ms, _ in alone])
        _show(f"{kind}, while {due:,} are issued", [ms for ms, n in during if 0 < n < due])
        _show(f"{kind}, while they are charged", [ms for ms, n in during if n >= due])
        _show(f"{kind}, in all of the run", [ms for ms, _ in during])
        db.session.remove()


def main() -> None:
    """Measure each database asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--kind", nargs="+", choices=ground.KINDS, default=["sqlite"])
    asked = parser.parse_args()
    for kind in asked.kind:
        measure(kind, asked.due, asked.seconds)


def _bill(app: Flask, here: Location) -> None:
    with app.app_context():
        run.bill(here, on=ground.TODAY)


def _sessions(member_id: UUID, here: UUID) -> GrantRow:
    return GrantRow(
        id=new_id(),
        member_id=member_id,
        source_type="comp",
        source_id=new_id(),
        membership_id=None,
        location_id=here,
        product="COMP",
        currency="USD",
        quantity=3,
        value_cents=0,
        valid_from=ground.ANCHOR,
        valid_until=ground.TODAY.replace(day=20),
        state="firm",
    )


def _show(what: str, waited: Sequence[float]) -> None:
    if not waited:
        print(f"{what:34} nobody came")
        return
    ordered = sorted(waited)
    print(
        f"{what:34} {len(ordered):4} check-ins: median {at(ordered, 0.5):5.0f} ms,"
        f" 95 of 100 within {at(ordered, 0.95):5.0f} ms (target {TARGET_MS}),"
        f" most {ordered[-1]:.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
