"""The journal as other programs read it: balanced, and the same bytes when it is made again."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from config.db import db
from locations import journal_export
from locations.models import Posting
from tests.locations.quarter import JAN


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
