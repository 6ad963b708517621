"""Is every report of the books there within 100 ms, over five million postings at fifty studios?

`python -m benchmarks.reports_at_scale [--postings 5000000] [--kind sqlite postgresql]` fills three
years of books by statements of the database's own, with sums that are their sums, and asks for
each report as an owner would: one month and twelve, of all studios.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from benchmarks import ground
from benchmarks.measure import at
from billing import ageing, taxed_sales
from config.db import db, transaction
from config.ids import new_id
from locations import places as location_places
from locations import (
    postings,
    revenue,
    roll_forward,
    sales_tax,
    settlements,
    tables,
    trial_balance,
)
from locations.models import Location
from locations.months_asked import Asked
from locations.postings import Wanted
from membership import liability
from membership.models import Member
from tests.support import studio

TARGET_MS = 100
STUDIOS, PRODUCTS = 50, 8
FIRST, LAST, DAYS = date(2024, 1, 1), date(2026, 12, 1), 1096
NOW = datetime(2026, 12, 31, 12, tzinfo=UTC)
ROUNDS = 15

# Sixteen entries in turn, by what happens how often; their sides, and what each one's detail is.
# "there" is the studio after this one.
_ENTRIES = {
    "sale": (0, 6, 12),
    "payment": (1, 7, 13),
    "redemption": (2, 3, 8, 9),
    "redemption elsewhere": (14,),
    "time_earned": (4, 10),
    "expiry": (5,),
    "refund_promised": (11,),
    "processor_fee": (15,),
}
_SIDES = {
    "sale": [("receivable", 11, "", 0), ("deferred_sessions", -10, "product", 0),
             ("sales_tax", -1, "rate", 0)],
    "payment": [("stripe_clearing", 11, "", 0), ("receivable", -11, "", 0)],
    "redemption": [("deferred_sessions", 5, "product", 0), ("earned_sessions", -5, "", 0)],
    "redemption elsewhere": [
        ("deferred_sessions", 5, "product", 0), ("due_to", -5, "there", 0),
        ("due_from", 5, "here", 1), ("earned_sessions", -5, "", 1),
    ],
    "time_earned": [("deferred_time", 5, "product", 0), ("earned_time", -5, "", 0)],
    "expiry": [("deferred_sessions", 3, "product", 0), ("breakage", -3, "product", 0)],
    "refund_promised": [("deferred_sessions", 2, "product", 0), ("sales_tax", 1, "rate", 0),
                        ("refunds_due", -3, "", 0)],
    "processor_fee": [("processor_fees", 1, "", 0), ("stripe_clearing", -1, "", 0)],
}  # fmt: skip
_PER_ENTRY = sum(len(_SIDES[name]) * len(turns) for name, turns in _ENTRIES.items()) / 16


def main() -> None:
    """Fill each database once and ask it often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postings", type=int, default=5_000_000)
    parser.add_argument("--kind", nargs="+", choices=ground.KINDS, default=ground.KINDS)
    given = parser.parse_args()
    for kind in given.kind:
        with ground.opened(kind):
            places = _studios()
            _fill(int(given.postings / _PER_ENTRY), places)
            count = db.session.scalar(sa.text("SELECT count(*) FROM posting"))
            print(f"{kind}: {count:,} postings at {len(places)} studios", flush=True)
            for months, first in ((1, LAST), (12, date(2026, 1, 1))):
                for name, ask in _reports(Asked(first, LAST, places, NOW)).items():
                    _show(f"{kind}, {months:2} months, {name}", ask)


def _reports(asked: Asked) -> dict[str, Callable[[], object]]:
    """Each report down to the text of its file, and the postings behind one of its numbers."""
    built: dict[str, Any] = {
        "roll-forward": roll_forward.table,
        "trial balance": trial_balance.table,
        "sales tax": sales_tax.table,
        "between locations": settlements.table,
        "owed to members": liability.table,
        "receivables by age": ageing.table,
        "taxed sales": taxed_sales.table,
    }
    ids = [place.id for place in asked.chosen]
    found: dict[str, Callable[[], object]] = {
        "revenue": lambda: tables.as_csv(
            revenue.table(revenue.by_month(location_ids=ids, first=asked.first, last=asked.last))
        )
    }
    for name, build in built.items():
        found[name] = lambda build=build: tables.as_csv(build(asked))
    one = Wanted(ids[:1], asked.first, date(2027, 1, 1), ["breakage"], ["expiry"])
    for name, wanted in (("one studio", one), ("all studios", replace(one, location_ids=ids))):
        found[f"postings, {name}"] = lambda w=wanted: (
            postings.total_cents(w), postings.page(w, None)
        )  # fmt: skip
    found["postings of a product"] = lambda: postings.page(
        replace(one, detail="P3", accounts=["deferred_sessions"], kinds=[]), None
    )
    return found


def _show(what: str, ask: Callable[[], object]) -> None:
    took, cpu = [], []
    for _ in range(ROUNDS):
        began, own = time.perf_counter(), time.thread_time()
        ask()
        took.append((time.perf_counter() - began) * 1e3)
        cpu.append((time.thread_time() - own) * 1e3)
        db.session.rollback()
    best, own = at(sorted(took), 0.1), at(sorted(cpu), 0.5)
    verdict = "" if best < TARGET_MS else "  over the target"
    print(f"{what:44} {best:7.1f} ms undisturbed, {own:7.1f} ms CPU{verdict}", flush=True)


def _studios() -> list[Location]:
    studio.build()
    with transaction():
        for n in range(STUDIOS - len(location_places.all_ones())):
            location_places.open_place(
                slug=f"s{n:02}",
                name=f"Studio {n:02}",
                zone="America/Denver",
                currency="USD",
                jurisdiction="US-default",
                address="1 Main Street",
                number_prefix=f"S{n:02}",
                legal_entity="Taper Studios LLC",
                stripe_account="default",
                opened_on=FIRST,
            )
    return location_places.all_ones()


def _fill(entries: int, places: list[Location]) -> None:
    """The journal, its sides, its sums, and the invoices and credits that the books speak of."""
    sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.begin() as connection:
        run = connection.exec_driver_sql
        run("CREATE TEMPORARY TABLE place AS SELECT id, name, row_number() OVER (ORDER BY slug)"
            " - 1 AS n FROM location")  # fmt: skip
        texts = [(_text(place), place.name) for place in places]
        run("CREATE TEMPORARY TABLE spelled (name VARCHAR, text VARCHAR)")
        for text, name in texts:
            run(f"INSERT INTO spelled VALUES ('{name}', '{text}')")
        run("CREATE TEMPORARY TABLE turn (k INTEGER, kind VARCHAR, event VARCHAR)")
        run("CREATE TEMPORARY TABLE side (event VARCHAR, n INTEGER, account VARCHAR,"
            " cents INTEGER, detail VARCHAR, away INTEGER)")  # fmt: skip
        for event, turns in _ENTRIES.items():
            for k in turns:
                run(f"INSERT INTO turn VALUES ({k}, '{event.split()[0]}', '{event}')")
            for n, (account, cents, detail, away) in enumerate(_SIDES[event]):
                run(f"INSERT INTO side VALUES"
                    f" ('{event}', {n}, '{account}', {cents}, '{detail}', {away})")  # fmt: skip
        run(_journal(entries, sqlite=sqlite))
        run(_SIDES_OF_ALL)
        for table, key in _SUMS.items():
            month = (
                "date(e.occurred_on, 'start of month')"
                if sqlite
                else ("date_trunc('month', e.occurred_on)::date")
            )
            of = {name: text.format(month=month) for name, text in key.items()}
            run(_ADD_UP.format(
                table=table, names=", ".join(of), of=", ".join(of.values()),
                only="WHERE p.detail <> ''" if "detail" in of else "",
            ))  # fmt: skip
    with transaction():
        member = Member(
            id=new_id(), name="Ana", name_folded="ana", email="a@example.com",
            email_key="a@example.com", check_in_code="A", created_at=NOW,
        )  # fmt: skip
        db.session.add(member)
    with db.engine.begin() as connection:
        whose = member.id.hex if sqlite else str(member.id)
        for statement in (_INVOICES, _LINES, _GRANTS):
            text = statement.format(member=whose, year=_year(sqlite))
            connection.exec_driver_sql(text if sqlite else text.replace("%", "%%"))
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def _text(place: Location) -> str:
    return str(place.id)


def _year(sqlite: bool) -> str:
    return (
        "CAST(strftime('%Y', occurred_on) AS INTEGER)"
        if sqlite
        else ("EXTRACT(year FROM occurred_on)::int")
    )


def _journal(count: int, *, sqlite: bool) -> str:
    key = "printf('%032x', s.i)" if sqlite else "lpad(to_hex(s.i), 32, '0')::uuid"
    numbers = (
        f"WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {count - 1})"
        if sqlite
        else f"WITH s AS (SELECT i FROM generate_series(0, {count - 1}) AS i)"
    )
    # Spread evenly over the days, and of a day over turns and studios alike.
    nth_day = f"CAST(CAST(s.i AS BIGINT) * {DAYS} / {count} AS INTEGER)"
    day = f"date('{FIRST}', {nth_day} || ' days')" if sqlite else f"DATE '{FIRST}' + {nth_day}"
    there = f"(s.i / 16 + 1) % {STUDIOS}"
    statement = f"""
        INSERT INTO journal_entry (id, occurred_on, recorded_at, kind, source_type, source_id,
            currency, sold_at, delivered_at, product, invoice_id, reason)
        {numbers}
        SELECT {key}, {day}, CURRENT_TIMESTAMP, t.kind, 'benchmark', {key}, 'USD', l.id, o.id,
            'P' || (s.i / 7 % {PRODUCTS}), CASE WHEN t.kind = 'sale' THEN {key} END, t.event
        FROM s JOIN turn t ON t.k = s.i % 16 JOIN place l ON l.n = s.i / 16 % {STUDIOS}
        JOIN place o ON o.n = {there}
    """
    return statement if sqlite else statement.replace("%", "%%")


_SIDES_OF_ALL = """
INSERT INTO posting (entry_id, n, account, location_id, currency, amount_cents, detail)
SELECT e.id, d.n, d.account, CASE d.away WHEN 1 THEN e.delivered_at ELSE e.sold_at END, 'USD',
    d.cents, CASE d.detail WHEN 'product' THEN e.product WHEN 'rate' THEN 'Tax of ' || h.name
        WHEN 'there' THEN ot.text WHEN 'here' THEN ht.text ELSE '' END
FROM journal_entry e JOIN side d ON d.event = e.reason
JOIN place h ON h.id = e.sold_at JOIN spelled ht ON ht.name = h.name
JOIN place o ON o.id = e.delivered_at JOIN spelled ot ON ot.name = o.name
"""
_SUMS = {
    "ledger_rollup": {
        "location_id": "p.location_id", "business_day": "e.occurred_on", "account": "p.account",
        "kind": "e.kind",
    },
    "ledger_month": {
        "location_id": "p.location_id", "month": "{month}", "account": "p.account",
        "kind": "e.kind",
    },
    "ledger_detail": {
        "location_id": "p.location_id", "month": "{month}", "account": "p.account",
        "detail": "p.detail", "kind": "e.kind",
    },
}  # fmt: skip
_ADD_UP = """
INSERT INTO {table} ({names}, slot, debit_cents, credit_cents, postings)
SELECT {of}, 0, SUM(CASE WHEN p.amount_cents > 0 THEN p.amount_cents ELSE 0 END),
    SUM(CASE WHEN p.amount_cents < 0 THEN -p.amount_cents ELSE 0 END), COUNT(*)
FROM posting p JOIN journal_entry e ON e.id = p.entry_id {only} GROUP BY {of}
"""
_INVOICES = """
INSERT INTO invoice (id, location_id, member_id, reason, source_id, state, number_year,
    number_seq, number, issued_on, currency, net_cents, tax_cents, total_cents, paid_cents,
    credited_cents, refunds_owed_cents, created_at)
SELECT id, sold_at, '{member}', 'renewal', id,
    CASE WHEN row_number() OVER (ORDER BY id) % 100 = 0 THEN 'open' ELSE 'paid' END, {year},
    row_number() OVER (ORDER BY id), 'N', occurred_on, 'USD', 10, 1, 11,
    CASE WHEN row_number() OVER (ORDER BY id) % 100 = 0 THEN 0 ELSE 11 END, 0, 0, recorded_at
FROM journal_entry WHERE kind = 'sale'
"""
_LINES = """
INSERT INTO invoice_line (invoice_id, n, product, product_class, description, quantity, net_cents,
    tax_name, tax_rate_ppm, tax_cents, liability_account)
SELECT e.id, 1, e.product, 'plan', 'Plan', 1, 10, 'Tax of ' || p.name, 100000, 1,
    'deferred_sessions'
FROM journal_entry e JOIN location p ON p.id = e.sold_at WHERE e.kind = 'sale'
"""
_GRANTS = """
INSERT INTO credit_grant (id, member_id, source_type, source_id, location_id, product, currency,
    state, quantity, value_cents, remaining, remaining_cents, valid_from, created_at)
SELECT id, '{member}', 'period', id, sold_at, product, 'USD', 'firm', 2, 10,
    CASE WHEN row_number() OVER (ORDER BY id DESC) <= 100000 THEN 1 ELSE 0 END,
    CASE WHEN row_number() OVER (ORDER BY id DESC) <= 100000 THEN 5 ELSE 0 END, occurred_on,
    recorded_at
FROM journal_entry WHERE kind = 'sale'
"""

if __name__ == "__main__":
    main()
