"""A member with a certificate is not taxed while it holds, whatever is sold or issued."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from billing import change_sales, rehearsals
from billing.models import InvoiceLine
from config import clock as time_of
from config.audit import SYSTEM
from config.db import db, run_txn
from membership import exemptions
from tests.support.story import Story
from tests.support.story_facts import bills, complaints, plans, taken
from tests.support.story_promos import buy_with, make_code


def test_from_its_first_day_until_it_is_taken_back_nothing_is_taxed(story: Story) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    ben = story.join("Ben Ito", "MAINT-2")
    story.go("2027-01-20 10:00")
    given = run_txn(
        lambda: exemptions.record(
            ana.member_id,
            place=story.place("sea"),
            certificate="R-1204",
            ground="a church",
            valid_from=date(2027, 2, 1),
            valid_until=None,
            by=SYSTEM,
            now=time_of.now(),
        )
    )
    story.live("2027-02-03 12:00")
    assert rehearsals.rehearse(story.place("sea"), on=date(2027, 2, 4)).total_cents == 7900 + 8718
    story.live("2027-02-05 12:00")
    assert [bill.total_cents for bill in bills(ana)] == [8718, 7900]
    assert [bill.total_cents for bill in bills(ben)] == [8718, 8718]
    on = story.today("sea")
    assert not change_sales.at_list_price(plans(ana)[0], on=on)
    assert change_sales.at_list_price(plans(ben)[0], on=on)

    code = make_code("TEN", percent_ppm=100_000)
    buy_with(story, ana, code)
    assert taken(story)[-1] == 4950, "55.00, a tenth off, no tax"
    run_txn(lambda: exemptions.revoke(given, member_id=ana.member_id, by=SYSTEM, now=time_of.now()))
    story.live("2027-03-05 12:00")
    assert bills(ana)[-1].total_cents == 8718
    named = sa.select(InvoiceLine.tax_name, InvoiceLine.tax_rate_ppm, InvoiceLine.tax_cents).where(
        InvoiceLine.tax_cents == 0
    )
    assert db.session.execute(named).all() == [("exempt: R-1204", 0, 0)] * 2
    assert complaints(story) == []
