"""How long does revenue per location and month take over five million postings?

`python -m benchmarks.revenue [--postings 5000000] [--kind sqlite postgresql]` fills the books by
statements of the database's own, with roll-ups that are their sums, and asks for the report of
one year and of all; beside it stands the sum over the postings themselves, as the roll-up spares.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import date

from benchmarks import ground
from benchmarks.measure import at
from config.db import db
from locations import revenue
from locations.models import Location
from tests.support import studio

TARGET_MS = 10
FIRST, LAST, DAYS = date(2024, 1, 1), date(2026, 12, 1), 1096
ROUNDS = 50

# Entries of two postings each, in turn: two sales and the payment of one of them, ...
_KINDS = """
    SELECT 0 AS k, 'sale' AS kind, 'receivable' AS debit, 'deferred_sessions' AS credit
    UNION ALL SELECT 1, 'payment', 'stripe_clearing', 'receivable'
    UNION ALL SELECT 2, 'redemption', 'deferred_sessions', 'earned_sessions'
    UNION ALL SELECT 3, 'expiry', 'deferred_sessions', 'breakage'
"""
_ADD_UP = """
INSERT INTO {rollup} (location_id, {day}, account, kind, slot, debit_cents, credit_cents, postings)
SELECT p.location_id, {of_entry}, p.account, e.kind, 0,
    SUM(CASE WHEN p.amount_cents > 0 THEN p.amount_cents ELSE 0 END),
    SUM(CASE WHEN p.amount_cents < 0 THEN -p.amount_cents ELSE 0 END), COUNT(*)
FROM posting p JOIN journal_entry e ON e.id = p.entry_id
GROUP BY p.location_id, {of_entry}, p.account, e.kind
"""
_FROM_THE_POSTINGS = """
SELECT p.location_id, {month}, p.account, SUM(p.amount_cents)
FROM posting p JOIN journal_entry e ON e.id = p.entry_id
GROUP BY p.location_id, {month}, p.account
"""


def fill(postings: int) -> None:
    """So many postings over three years at four locations, and their roll-ups."""
    sqlite = db.engine.dialect.name == "sqlite"
    month = "date({0}, 'start of month')" if sqlite else "date_trunc('month', {0})::date"
    occurred = month.format("e.occurred_on")
    with db.engine.begin() as connection:
        connection.exec_driver_sql(_entries(postings // 2, sqlite=sqlite))
        for n, side, sign in ((0, "debit", ""), (1, "credit", "-")):
            connection.exec_driver_sql(
                "INSERT INTO posting (entry_id, n, account, location_id, currency, amount_cents,"
                f" detail) SELECT e.id, {n}, k.{side}, e.sold_at, 'USD', {sign}100, ''"
                f" FROM journal_entry e JOIN ({_KINDS}) k ON k.kind = e.kind"
            )
        for rollup, day, of_entry in (
            ("ledger_rollup", "business_day", "e.occurred_on"),
            ("ledger_month", "month", occurred),
        ):
            connection.exec_driver_sql(_ADD_UP.format(rollup=rollup, day=day, of_entry=of_entry))
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
        began = time.perf_counter()
        connection.exec_driver_sql(_FROM_THE_POSTINGS.format(month=occurred)).all()
        print(f"{'':12} the sum over the postings: {(time.perf_counter() - began) * 1e3:,.0f} ms")


def main() -> None:
    """Fill each database once and ask it often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postings", type=int, default=5_000_000)
    parser.add_argument("--kind", nargs="+", choices=ground.KINDS, default=ground.KINDS)
    asked = parser.parse_args()
    for kind in asked.kind:
        with ground.opened(kind):
            group = studio.build()
            fill(asked.postings)
            places = list(group.places.values())
            _show(f"{kind}, a year", _asked(places, LAST.replace(month=1)), asked.postings)
            _show(f"{kind}, all", _asked(places, FIRST), asked.postings)


def _asked(places: list[Location], first: date) -> Callable[[], object]:
    ids = [place.id for place in places]
    return lambda: revenue.by_month(location_ids=ids, first=first, last=LAST)


def _show(what: str, ask: Callable[[], object], postings: int) -> None:
    took, cpu = [], []
    for _ in range(ROUNDS):
        wall, own = time.perf_counter(), time.thread_time()
        ask()
        took.append((time.perf_counter() - wall) * 1e3)
        cpu.append((time.thread_time() - own) * 1e3)
        db.session.rollback()
    print(
        f"{what} of {postings:,} postings: {at(sorted(took), 0.1):.1f} ms undisturbed,"
        f" median {at(sorted(took), 0.5):.1f} ms and {at(sorted(cpu), 0.5):.1f} ms CPU"
        f" (target {TARGET_MS})",
        flush=True,
    )


def _entries(count: int, *, sqlite: bool) -> str:
    """The statement that makes the journal: kinds, days and locations in turn."""
    key = "printf('%032x', i)" if sqlite else "lpad(to_hex(i), 32, '0')::uuid"
    numbers = (
        f"WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {count - 1})"
        if sqlite
        else f"WITH s AS (SELECT i FROM generate_series(0, {count - 1}) AS i)"
    )
    day = (
        f"date('{FIRST}', (i / 16 % {DAYS}) || ' days')"
        if sqlite
        else f"DATE '{FIRST}' + (i / 16 % {DAYS})::int"
    )
    statement = f"""
        INSERT INTO journal_entry (id, occurred_on, recorded_at, kind, source_type, source_id,
            currency, sold_at, product)
        {numbers}, l AS (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS place FROM location)
        SELECT {key}, {day}, CURRENT_TIMESTAMP, k.kind, 'benchmark', {key}, 'USD', l.id, 'PACK'
        FROM s JOIN ({_KINDS}) k ON k.k = s.i % 4 JOIN l ON l.place = s.i / 4 % 4
    """
    return statement if sqlite else statement.replace("%", "%%")


if __name__ == "__main__":
    main()
