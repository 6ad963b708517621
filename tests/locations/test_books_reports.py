"""Reports of the books: each number is the sum of its postings, and the group of its locations."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from itertools import product

import pytest
import sqlalchemy as sa

from config.db import db, transaction
from locations import postings, revenue, roll_forward, sales_tax, settlements, tables, trial_balance
from locations.models import LedgerDetail
from locations.postings import Wanted
from locations.rules.months import month_after
from tests.locations.books import asked, book, findings, sold
from tests.locations.quarter import FEB, JAN, LATE, MAR, everywhere


@pytest.mark.parametrize(
    "build",
    [roll_forward.table, trial_balance.table, sales_tax.table, settlements.table],
    ids=["roll-forward", "trial balance", "tax", "settlement"],
)
def test_group_is_the_sum_of_its_locations_and_each_number_of_its_postings(quarter, build):
    group = build(everywhere(quarter))
    alone = [
        build(asked(place, first=JAN, last=MAR))
        for place in (quarter.sea, quarter.tac, quarter.boi)
    ]
    for name, cents in group.totals.items():
        assert cents == sum(one.totals[name] for one in alone), name
    checked = 0
    for table in (group, *alone):
        for row, column in product(table.rows, table.columns):
            query = tables.drill(row, column)
            if not query:
                continue
            wanted = _wanted(quarter, query)
            sum_ = _summed(wanted)
            sums = postings.sums(wanted)
            assert sums.debit_cents - sums.credit_cents == sum_, (row, column)
            turnover = {"debit_cents": sums.debit_cents, "credit_cents": sums.credit_cents}
            assert turnover.get(column.name, abs(sum_)) == abs(row.values[column.name]), (
                row,
                column,
            )
            checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    "build", [roll_forward.table, trial_balance.table, sales_tax.table, settlements.table]
)
def test_file_and_document_hold_the_same_cents(quarter, build):
    table = build(everywhere(quarter))
    document = tables.as_json(table)
    lines = list(csv.DictReader(io.StringIO(tables.as_csv(table))))
    assert len(lines) == len(document["rows"]) == len(table.rows) > 0
    for line, row in zip(lines, document["rows"], strict=True):
        for column in table.columns:
            shown = line[column.name.removesuffix("_cents")]
            if column.kind == "money":
                assert Decimal(shown) * 100 == row[column.name]
            else:
                assert shown == str(row[column.name])


def test_debits_equal_credits_and_all_balances_sum_to_nothing(quarter):
    totals = trial_balance.table(everywhere(quarter, FEB, MAR)).totals
    assert totals["debit_cents"] == totals["credit_cents"] > 0
    assert totals["opening_cents"] == totals["closing_cents"] == 0


def test_pages_of_postings_show_every_one_once(studios):
    entries = [sold(studios.sea, date(2027, 1, 1 + n % 28)) for n in range(130)]
    book(*entries, now=LATE)
    wanted = Wanted([studios.sea.id], JAN, FEB, ["deferred_sessions"], ["sale"])
    seen, after, pages = [], None, 0
    while True:
        found = postings.page(wanted, after)
        seen += [entry.source_id for entry, _ in found.rows]
        pages += 1
        if found.following is None:
            break
        after = postings.position(found.following.entry_id)
    assert pages > 1
    assert sorted(seen) == sorted(entry.source_id for entry in entries)
    assert postings.sums(wanted) == (0, 130 * 9900)


def test_revenue_adds_up_whatever_happened(quarter):
    ids = [quarter.sea.id, quarter.tac.id, quarter.boi.id]
    report = revenue.by_month(location_ids=ids, first=JAN, last=MAR)
    for month in (JAN, FEB, MAR):
        for row in (r for r in report.rows if r.month == month):
            moved = row.deferred_close_cents - row.deferred_open_cents
            booked = ledger_of(row.location_id, month)
            assert moved == booked


def test_doctor_sees_a_sum_by_detail_that_is_off_and_a_posting_without_its_product(studios):
    book(sold(studios.sea, JAN), now=LATE)
    assert findings("L21", "L22") == {"L21": (), "L22": ()}
    with transaction():
        db.session.execute(sa.update(LedgerDetail).values(debit_cents=LedgerDetail.debit_cents + 1))
    assert len(findings("L21")["L21"]) == 2
    entry = sold(studios.sea, JAN)
    bare = entry._replace(legs=tuple(leg._replace(detail="") for leg in entry.legs))
    book(bare, now=LATE)
    assert len(findings("L22")["L22"]) == 1


def ledger_of(location_id, month):
    """What the deferred accounts moved in a month; credit positive."""
    query = sa.select(sa.func.sum(LedgerDetail.credit_cents - LedgerDetail.debit_cents)).where(
        LedgerDetail.location_id == location_id,
        LedgerDetail.month == month,
        LedgerDetail.account.in_(("deferred_sessions", "deferred_time")),
    )
    return db.session.scalar(query) or 0


def _wanted(studios, query) -> Wanted:
    places = [getattr(studios, query["location"])] if "location" in query else [
        studios.sea, studios.tac, studios.boi
    ]  # fmt: skip
    first, last = (date.fromisoformat(f"{query[n]}-01") for n in ("from", "to"))
    since = {"during": first}.get(query["span"], date(2000, 1, 1))
    until = {"before": first}.get(query["span"], month_after(last))
    listed = [query[n].split(",") if n in query else [] for n in ("account", "kind", "apart")]
    return Wanted([p.id for p in places], since, until, *listed, query.get("detail", ""))


def _summed(wanted: Wanted) -> int:
    seen, after = 0, None
    while True:
        found = postings.page(wanted, after)
        seen += sum(posting.amount_cents for _, posting in found.rows)
        if found.following is None:
            return seen
        after = found.following
