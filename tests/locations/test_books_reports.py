"""Reports of the books: each number is the sum of its postings, and the group of its locations."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import product
from uuid import uuid4

import pytest
import sqlalchemy as sa

from config.audit import SYSTEM
from config.db import db, transaction
from config.errors import Invalid, Refused
from config.ids import new_id
from locations import (
    journal_export,
    ledger,
    postings,
    revenue,
    roll_forward,
    sales_tax,
    settlements,
    tables,
    trial_balance,
)
from locations.models import LedgerDetail, Posting, TaxRemittance
from locations.paid_out import Paid
from locations.postings import Wanted
from locations.rules.deliveries import time_earned
from locations.rules.months import month_after
from tests.locations.books import (
    asked,
    book,
    credited,
    expired,
    findings,
    noon,
    paid,
    sold,
    used,
)

JAN, FEB, MAR = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)
LATE = noon(date(2027, 3, 20))


@pytest.fixture
def quarter(studios):
    """Three months at three studios, with everything that happens to sessions and time."""
    sea, tac, boi = studios.sea, studios.tac, studios.boi
    plan = sold(boi, date(2027, 1, 10), net=18600, tax=1116, product="UNLIMITED")
    time = plan._replace(
        legs=tuple(
            leg._replace(account="deferred_time") if leg.account == "deferred_sessions" else leg
            for leg in plan.legs
        )
    )
    book(
        sold(sea, date(2027, 1, 4)),
        paid(sea, date(2027, 1, 4)),
        used(sea, sea, date(2027, 1, 5)),
        used(sea, tac, date(2027, 1, 31)),
        expired(sea, date(2027, 2, 3), to="expired_refundable"),
        sold(tac, date(2027, 1, 20), net=9000, tax=927, product="BOOSTER-3"),
        used(tac, tac, date(2027, 2, 1), cents=3000, product="BOOSTER-3"),
        used(tac, sea, date(2027, 3, 1), cents=3000, product="BOOSTER-3"),
        credited(tac, date(2027, 3, 2), net=3000, tax=309, product="BOOSTER-3"),
        sold(boi, date(2027, 2, 1), net=5500, tax=330, product="DROP-IN"),
        expired(boi, date(2027, 3, 3), cents=5500, product="DROP-IN"),
        sold(boi, date(2027, 3, 5), net=7900, tax=474, product="MAINT-2"),
        credited(boi, date(2027, 3, 6), net=7900, tax=474, owed="receivable", product="MAINT-2"),
        time,
        time_earned(
            source_id=uuid4(),
            on=date(2027, 1, 11),
            currency="USD",
            location_id=boi.id,
            plan="UNLIMITED",
            value_cents=600,
        ),
        now=LATE,
    )
    return studios


def everywhere(studios, first=JAN, last=MAR):
    return asked(studios.sea, studios.tac, studios.boi, first=first, last=last)


def test_every_line_of_the_roll_forward_closes_on_what_is_still_owed(quarter):
    table = roll_forward.table(everywhere(quarter))
    lines = {(r.location, r.detail): r.values for r in table.rows}
    sea = lines["sea", "STARTER-3"]
    assert (sea["sold_cents"], sea["redeemed_cents"], sea["refundable_cents"]) == (9900, 6600, 3300)
    assert (sea["opening_cents"], sea["closing_cents"]) == (0, 0)
    tac = lines["tac", "BOOSTER-3"]
    assert (tac["sold_cents"], tac["redeemed_cents"], tac["refunded_cents"]) == (9000, 6000, 3000)
    assert lines["boi", "DROP-IN"]["breakage_cents"] == 5500
    assert lines["boi", "MAINT-2"]["voided_cents"] == 7900
    time = lines["boi", "UNLIMITED"]
    assert (time["owed_in"], time["redeemed_cents"], time["closing_cents"]) == ("time", 600, 18000)
    for (slug, name), values in lines.items():
        place = getattr(quarter, slug)
        assert values["closing_cents"] == -_of_product(place.id, name), (slug, name)


def test_what_one_month_closes_with_the_next_one_opens_with(quarter):
    for earlier, later in ((JAN, FEB), (FEB, MAR)):
        closing = _closing(roll_forward.table(everywhere(quarter, earlier, earlier)))
        opening = {
            (r.location, r.detail): r.values["opening_cents"]
            for r in roll_forward.table(everywhere(quarter, later, later)).rows
        }
        assert {k: c for k, c in closing.items() if c} == {k: c for k, c in opening.items() if c}


def test_an_undone_expiry_is_no_delivery(studios):
    lost = expired(studios.sea, date(2027, 1, 20))
    back = lost._replace(
        kind="taken_back",
        source_id=uuid4(),
        legs=tuple(leg._replace(amount_cents=-leg.amount_cents) for leg in lost.legs),
    )
    book(sold(studios.sea, JAN), lost, back, now=LATE)
    (row,) = roll_forward.table(asked(studios.sea, first=JAN, last=JAN)).rows
    assert (row.values["breakage_cents"], row.values["redeemed_cents"]) == (0, 0)
    assert row.values["closing_cents"] == 9900


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
            if not query or column.name in ("changes_cents", "otherwise_cents", "other_cents"):
                continue
            wanted = _wanted(quarter, query)
            sum_ = _summed(wanted)
            assert postings.total_cents(wanted) == sum_, (row, column)
            if column.name in ("debit_cents", "credit_cents"):
                continue
            assert abs(sum_) == abs(row.values[column.name]), (row, column)
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


def test_tax_of_tacoma_is_owed_until_it_is_paid_and_no_cent_more(quarter):
    tac = quarter.tac
    rate = "Tacoma sales tax"
    assert sales_tax.owed_by_rate(tac.id) == {rate: 618}
    with pytest.raises(Refused) as refused, transaction():
        _remit(tac, 619)
    assert refused.value.code == "more_than_owed"
    with transaction():
        _remit(tac, 600)
    rows = {r.first: r.values for r in sales_tax.table(asked(tac, first=JAN, last=MAR)).rows}
    assert (rows[JAN]["charged_cents"], rows[FEB]["opening_cents"]) == (927, 927)
    march = rows[MAR]
    assert (march["credited_cents"], march["remitted_cents"]) == (309, 600)
    assert march["closing_cents"] == 18 == sales_tax.owed_by_rate(tac.id)[rate]
    assert ledger.balance("bank", tac.id) == -600
    assert db.session.scalar(sa.select(TaxRemittance.amount_cents)) == 600
    assert set(findings().values()) == {()}


def test_day_to_come_is_no_day_on_which_tax_was_paid(quarter):
    with pytest.raises(Invalid), transaction():
        _remit(quarter.tac, 1, on=date(2027, 3, 21))


def test_statement_says_who_owes_whom_until_it_is_paid_from_bank_to_bank(quarter):
    sea, tac = quarter.sea, quarter.tac
    assert settlements.owed_by([sea.id, tac.id]) == {(sea.id, tac.id): 3300, (tac.id, sea.id): 3000}
    with pytest.raises(Refused), transaction():
        _pay(sea, tac, 3301)
    with transaction():
        _pay(sea, tac, 3300)
    assert settlements.owed_by([sea.id, tac.id]) == {(tac.id, sea.id): 3000}
    assert (ledger.balance("bank", sea.id), ledger.balance("bank", tac.id)) == (-3300, 3300)
    rows = settlements.table(everywhere(quarter)).rows
    last = {(r.location, r.account): r.values["closing_cents"] for r in rows if r.first == MAR}
    assert last == {("sea", "due_to"): 0, ("tac", "due_from"): 0,
                    ("tac", "due_to"): 3000, ("sea", "due_from"): -3000}  # fmt: skip
    assert set(findings().values()) == {()}


def test_studio_that_owes_nothing_cannot_pay(quarter):
    with pytest.raises(Refused) as refused, transaction():
        _pay(quarter.boi, quarter.sea, 1)
    assert refused.value.code == "more_than_owed"


@pytest.mark.parametrize("layout", journal_export.LAYOUTS)
def test_journal_is_balanced_per_location_and_day_and_the_same_bytes_again(quarter, layout):
    places = [quarter.sea, quarter.tac, quarter.boi]
    text = journal_export.export(places, first=JAN, last=date(2027, 3, 31), layout=layout)
    again = journal_export.export(places, first=JAN, last=date(2027, 3, 31), layout=layout)
    assert text.encode() == again.encode()
    names = {
        "generic": ("location", "date", "debit", "credit"),
        "quickbooks": ("Journal No", "Journal Date", "Debits", "Credits"),
    }[layout]
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    debits = Decimal()
    for line in csv.DictReader(io.StringIO(text)):
        place, day, debit, credit = (line[name] for name in names)
        sums[place, day] += Decimal(debit or 0) - Decimal(credit or 0)
        debits += Decimal(debit or 0)
    assert set(sums.values()) == {0}
    posted = sa.select(sa.func.sum(Posting.amount_cents)).where(Posting.amount_cents > 0)
    assert debits * 100 == db.session.scalar(posted)


def test_quickbooks_reads_a_journal_per_studio_and_day(quarter):
    text = journal_export.export(
        [quarter.sea], first=date(2027, 1, 4), last=date(2027, 1, 4), layout="quickbooks"
    )
    assert text.splitlines() == [
        "Journal No,Journal Date,Account,Debits,Credits,Description,Name,Currency,Location,Class",
        "SEA-20270104,01/04/2027,Deferred sessions,,99.00,Sale,,USD,Seattle,sea",
        "SEA-20270104,01/04/2027,Receivable,,109.25,Payment,,USD,Seattle,sea",
        "SEA-20270104,01/04/2027,Receivable,109.25,,Sale,,USD,Seattle,sea",
        "SEA-20270104,01/04/2027,Sales tax,,10.25,Sale,,USD,Seattle,sea",
        "SEA-20270104,01/04/2027,Stripe clearing,109.25,,Payment,,USD,Seattle,sea",
    ]


def test_export_of_one_studio_leaves_the_other_side_out(quarter):
    text = journal_export.export(
        [quarter.tac], first=date(2027, 1, 31), last=date(2027, 1, 31), layout="generic"
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(r["account"], r["detail"], r["debit"]) for r in rows] == [
        ("due_from", "sea", "33.00"),
        ("earned_sessions", "", ""),
    ]
    assert {(r["sold_at"], r["delivered_at"]) for r in rows} == {("sea", "tac")}


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
    assert postings.total_cents(wanted) == -130 * 9900


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


def _closing(table):
    return {(r.location, r.detail): r.values["closing_cents"] for r in table.rows}


def _of_product(location_id, name):
    query = sa.select(sa.func.sum(Posting.amount_cents)).where(
        Posting.location_id == location_id,
        Posting.account.in_(("deferred_sessions", "deferred_time")),
        Posting.detail == name,
    )
    return db.session.scalar(query) or 0


def _wanted(studios, query) -> Wanted:
    places = [getattr(studios, query["location"])] if "location" in query else [
        studios.sea, studios.tac, studios.boi
    ]  # fmt: skip
    first, last = (date.fromisoformat(f"{query[n]}-01") for n in ("from", "to"))
    since = {"during": first}.get(query["span"], date(2000, 1, 1))
    until = {"before": first}.get(query["span"], month_after(last))
    listed = [query[n].split(",") if n in query else [] for n in ("account", "kind")]
    return Wanted([p.id for p in places], since, until, *listed, query.get("detail", ""))


def _summed(wanted: Wanted) -> int:
    seen, after = 0, None
    while True:
        found = postings.page(wanted, after)
        seen += sum(posting.amount_cents for _, posting in found.rows)
        if found.following is None:
            return seen
        after = found.following


def _remit(place, cents, on=date(2027, 3, 20)):
    return sales_tax.remit(
        place.id,
        tax_name="Tacoma sales tax",
        paid=Paid(key=new_id(), amount_cents=cents, on=on, reference="Q1", by=SYSTEM),
        now=LATE,
    )


def _pay(debtor, creditor, cents):
    on = date(2027, 3, 20)
    paid = Paid(key=new_id(), amount_cents=cents, on=on, reference="wire", by=SYSTEM)
    return settlements.pay(debtor.id, creditor_id=creditor.id, paid=paid, now=LATE)
