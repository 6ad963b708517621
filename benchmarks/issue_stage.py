"""How fast is T0 whole: claim, compute, tax, invoice, post, grant, plan the attempt, advance?

`python -m benchmarks.issue_stage [--due 10000 100000] [--kind sqlite postgresql]` issues as a run
does, 500 to a commit, beside a bare insert by the driver of the very rows that it wrote.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from benchmarks import ground
from benchmarks.measure import Costs
from billing.runs import run, runs
from config import clock
from config.base import Base
from config.db import db, run_txn, transaction
from locations.models import Location

# What the rows of a run refer to, and what it writes; each in the order of insertion.
PARENTS = ("legal_entity", "location", "plan", "plan_version", "member", "membership")
WRITTEN = (
    "membership_period",
    "invoice",
    "invoice_line",
    "payment_attempt",
    "credit_grant",
    "credit_entry",
    "journal_entry",
    "posting",
)
COMPARED = 10_000  # dues whose rows are inserted bare: they are all held in memory for it

Rows = Mapping[str, Sequence[tuple[Any, ...]]]


def issue_all(here: Location) -> Costs:
    """T0 for everybody due, as a run does it; what each batch cost."""
    costs = Costs()
    claim = run_txn(lambda: runs.claim(here.id, on=ground.TODAY, now=clock.now()))
    assert claim is not None
    more = True
    while more:
        _, more = costs.time(
            lambda: run_txn(lambda: run.issue_batch(here, claim, on=ground.TODAY, limit=run.BATCH))
        )
    return costs


def insert_bare(kind: str, rows: Rows, *, batches: int) -> Costs:
    """The same rows into the same tables of an empty database, as often committed."""
    costs = Costs()
    with ground.opened(kind):
        with transaction():
            for name in PARENTS:
                _insert(name, rows[name])
        for k in range(batches):
            costs.time(lambda k=k: _insert_share(rows, k, batches))
    return costs


def read_all() -> Rows:
    """Every row of these tables as the driver gives it, in the order of their keys."""
    with db.engine.connect() as connection:
        return {
            name: [
                tuple(row)
                for row in connection.exec_driver_sql(
                    f"SELECT {_names(name)} FROM {name} ORDER BY 1"
                )
            ]
            for name in (*PARENTS, *WRITTEN)
        }


def main() -> None:
    """Measure each size on each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--due", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--kind", nargs="+", choices=ground.KINDS, default=ground.KINDS)
    asked = parser.parse_args()
    print("a second: on this machine now; undisturbed: if every batch were as the quickest tenth")
    for kind in asked.kind:
        for due in asked.due:
            _measure(kind, due)


def _measure(kind: str, due: int) -> None:
    with ground.opened(kind):
        costs = issue_all(ground.studio_with(due))
        _show(f"{kind}, T0 of {due:,}", costs, due)
        rows = read_all() if due <= COMPARED else None
    if rows is not None:
        bare = insert_bare(kind, rows, batches=len(costs))
        _show(f"{kind}, bare insert of {due:,}", bare, due)
        ratio = costs.undisturbed() / bare.undisturbed()
        print(f"{'':34} T0 takes {ratio:.1f} times the bare insert", flush=True)


def _show(what: str, costs: Costs, due: int) -> None:
    print(
        f"{what:34} {due / costs.wall:8,.0f} a second {due / costs.undisturbed():8,.0f} undisturbed"
        f" {costs.cpu / due * 1e6:6.0f} us CPU each",
        flush=True,
    )


def _insert_share(rows: Rows, k: int, batches: int) -> None:
    with transaction():
        for name in WRITTEN:
            size = -(-len(rows[name]) // batches)
            _insert(name, rows[name][k * size : (k + 1) * size])


def _insert(name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    cursor = db.session.connection().connection.cursor()
    if db.engine.dialect.name == "sqlite":
        marks = ", ".join("?" * len(rows[0])) if rows else ""
        cursor.executemany(f"INSERT INTO {name} ({_names(name)}) VALUES ({marks})", rows)
        return
    with cursor.copy(f"COPY {name} ({_names(name)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _names(table: str) -> str:
    preparer = db.engine.dialect.identifier_preparer
    columns: Sequence[sa.Column[Any]] = list(Base.metadata.tables[table].c)
    return ", ".join(preparer.format_column(column) for column in columns)


if __name__ == "__main__":
    main()
