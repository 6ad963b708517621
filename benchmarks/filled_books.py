"""Three years of books at fifty studios, filled by statements of the database's own.

Sums are the sums of what they stand for; invoices, payments, credits, plans, recoveries, payouts
and tills are there in the numbers that such books would speak of.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from benchmarks import filled_facts
from benchmarks.filled_facts import DAYS, FIRST
from config.db import db, transaction
from locations import places as location_places
from locations.models import Location
from tests.support import studio

STUDIOS, PRODUCTS = 50, 8
LAST = date(2026, 12, 1)
NOW = datetime(2026, 12, 31, 12, tzinfo=UTC)

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
PER_ENTRY = sum(len(_SIDES[name]) * len(turns) for name, turns in _ENTRIES.items()) / 16


def studios() -> list[Location]:
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


def fill(entries: int, places: list[Location]) -> None:
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
        filled_facts.fill(run, sqlite=sqlite)
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def _text(place: Location) -> str:
    return str(place.id)


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
