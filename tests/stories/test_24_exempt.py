"""A member with a certificate is not taxed while it holds, whatever is sold or issued."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from billing.joining import choices
from billing.models import InvoiceLine
from billing.plan_changes import change_sales
from billing.runs import rehearsals
from config import clock as time_of
from config.audit import SYSTEM
from config.db import db, run_txn
from membership.changes import change_quotes
from membership.people import exemptions
from membership.plans import plan_overview
from tests.support.story import Person, Story
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


def test_pages_and_agreements_of_an_exempt_member_name_no_tax_while_it_holds(story: Story) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    sea = story.place("sea")
    run_txn(
        lambda: exemptions.record(
            ana.member_id,
            place=sea,
            certificate="R-1204",
            ground="a church",
            valid_from=date(2027, 2, 1),
            valid_until=date(2027, 2, 28),
            by=SYSTEM,
            now=time_of.now(),
        )
    )
    assert _next_total(story, ana) == 7900, "February 4 lies within"
    story.live("2027-02-05 12:00")
    assert _next_total(story, ana) == 8718, "March 4 does not"
    assert [bill.total_cents for bill in bills(ana)] == [8718, 7900]

    told = _told(story, ana.member_id)
    assert "$79.00 plus $0.00 tax, $79.00 in all" in told
    assert "$87.18" in _told(story, None)
    bigger = story.studio.plans["MAINT-4"]
    plan = plans(ana)[0]
    renewal = change_quotes.quote(plan, bigger, on=story.today("sea")).renewal
    assert renewal.charge.tax_cents > 0, "billed in March"
    assert complaints(story) == []


def _next_total(story: Story, who: Person) -> int:
    card = plan_overview.plan(who.member_id, on=story.today(who.home))
    assert card is not None
    assert card.next_charge is not None
    return card.next_charge.total_cents


def _told(story: Story, member_id: UUID | None) -> str:
    sea = story.place("sea")
    on_sale = choices.plans_on_sale(sea, now=time_of.now())
    (plan,) = [one for one in on_sale if one.terms.code == "MAINT-2"]
    (words,) = choices.wordings(plan, sea, now=time_of.now(), member_id=member_id).values()
    return words.text
