"""What is owed to the state and between studios, until it is paid and no cent more."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from config.audit import SYSTEM
from config.db import db, transaction
from config.errors import Invalid, Refused
from config.ids import new_id
from locations import closing_books, ledger, sales_tax, settlements
from locations.models import TaxRemittance
from locations.paid_out import Paid
from tests.locations.books import asked, findings
from tests.locations.quarter import FEB, JAN, LATE, MAR, everywhere


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


def test_slip_of_the_year_opens_no_month_before_the_books_begin(quarter):
    for pay in (lambda: _remit(quarter.tac, 1, on=date(1927, 3, 20)),
                lambda: _pay(quarter.sea, quarter.tac, 1, on=date(1927, 3, 20))):  # fmt: skip
        with pytest.raises(Invalid) as refused, transaction():
            pay()
        assert [problem.field for problem in refused.value.fields] == ["/on"]
    assert closing_books.overview(LATE).next_month == JAN


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


def _remit(place, cents, on=date(2027, 3, 20)):
    return sales_tax.remit(
        place.id,
        tax_name="Tacoma sales tax",
        paid=Paid(key=new_id(), amount_cents=cents, on=on, reference="Q1", by=SYSTEM),
        now=LATE,
    )


def _pay(debtor, creditor, cents, on=date(2027, 3, 20)):
    paid = Paid(key=new_id(), amount_cents=cents, on=on, reference="wire", by=SYSTEM)
    return settlements.pay(debtor.id, creditor_id=creditor.id, paid=paid, now=LATE)
