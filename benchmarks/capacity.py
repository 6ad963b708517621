"""What does a member cost: CPU, memory and bytes in the database, a month and a year?

`python -m benchmarks.capacity [--members 10000 100000] [--kind sqlite postgresql]` bills one month
of so many members with a Stripe that says yes at once, checks some of them in, sends some of
their receipts and lets the doctor look at all of it. Each size has a process of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from uuid import UUID

import sqlalchemy as sa
from flask import current_app

from benchmarks import ground
from benchmarks.desk import with_sessions
from benchmarks.measure import Costs, highest_memory_mb, memory_from_here_mb
from benchmarks.renewal_cpu import UNPACED, InstantGateway
from benchmarks.server_cpu import server_seconds
from billing.runs import run
from config import clock, mail_delivery
from config.db import db, run_txn
from locations.models import Location
from membership.visits import visits

VISITS, MAILS = 1_000, 500
LARGEST = 8  # tables named one by one

_SIZES = {
    "sqlite": "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s"
    " ON s.name = d.name GROUP BY 1 ORDER BY 2 DESC",
    "postgresql": "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC",
}


def measure(kind: str, members: int) -> None:
    """Print what a month of so many members costs on this kind of database."""
    with ground.opened(kind, gateway=InstantGateway(), charge_threads=8, **UNPACED):
        here = ground.studio_with(members)
        enrolled = dict(_sizes(kind))
        before_mb = memory_from_here_mb()
        _cost("bill a renewal", members, lambda: _bill(here, members))
        rose_mb = highest_memory_mb() - before_mb
        billed = dict(_sizes(kind))
        visitors = with_sessions(here.id)[:VISITS]
        granted = sum(dict(_sizes(kind)).values())
        _cost("check a member in", len(visitors), lambda: _check_in(visitors, here.id))
        visited = sum(dict(_sizes(kind)).values()) - granted
        _cost(
            "mail a receipt with its PDF",
            MAILS,
            lambda: mail_delivery.deliver_due(clock.now(), MAILS),
        )
        _cost("let the doctor look at one", members, current_app.extensions["taper.doctor"].examine)
    print(f"memory of the process rose by {rose_mb:.0f} MB, from {before_mb:.0f} MB")
    print(f"a visit adds {visited / len(visitors):,.0f} bytes to the database")
    _show_sizes(enrolled, billed, members)


def main() -> None:
    """Measure each size and database in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--kind", nargs="+", choices=ground.KINDS, default=ground.KINDS)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        measure(asked.kind[0], asked.members[0])
        return
    for kind in asked.kind:
        for members in asked.members:
            print(f"\n{kind}, {members:,} members", flush=True)
            again = ["--here", "--members", str(members), "--kind", kind]
            subprocess.run([sys.executable, "-m", "benchmarks.capacity", *again], check=True)


def _bill(here: Location, members: int) -> None:
    report = run.bill(here, on=ground.TODAY)
    assert report.outcomes["succeeded"] == members


def _check_in(members: Sequence[UUID], here: UUID) -> None:
    now = clock.now()
    for member_id in members:
        with current_app.test_request_context():
            run_txn(
                lambda member_id=member_id: visits.check_in(
                    member_id, location_id=here, by_account_id=None, request_key=None, now=now
                )
            )


def _cost(what: str, times: int, work: Callable[[], object]) -> None:
    costs, server = Costs(), server_seconds()
    costs.time(work)
    served = server_seconds() - server
    print(
        f"{what:30} {costs.cpu / times * 1e3:7.3f} ms CPU of ours,"
        f" {served / times * 1e3:7.3f} ms of the database's server, {costs.wall:6.0f} s for all",
        flush=True,
    )


def _sizes(kind: str) -> Sequence[tuple[str, int]]:
    with db.engine.connect() as connection:
        return [(row[0], int(row[1])) for row in connection.execute(sa.text(_SIZES[kind]))]


def _show_sizes(before: dict[str, int], after: dict[str, int], members: int) -> None:
    grown = {name: size - before.get(name, 0) for name, size in after.items()}
    print(
        f"the database holds {sum(after.values()) / 1e6:,.0f} MB;"
        f" a member {sum(before.values()) / members:,.0f} bytes,"
        f" and {sum(grown.values()) / members:,.0f} more for each month billed:"
    )
    for name in sorted(grown, key=lambda name: -grown[name])[:LARGEST]:
        print(f"    {name:28} {grown[name] / members:7,.0f}")


if __name__ == "__main__":
    main()
