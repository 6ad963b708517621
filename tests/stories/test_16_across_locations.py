"""Story 16: sold at Seattle, given at Tacoma: what one owes the other, stated and paid."""

from __future__ import annotations

from datetime import date

from config.audit import SYSTEM
from config.db import run_txn
from config.ids import new_id
from locations import settlements
from locations.months_asked import Asked
from locations.paid_out import Paid
from tests.support.story import Story
from tests.support.story_facts import booked, complaints, month, report, taken

JAN = date(2027, 1, 1)


def test_starter_sold_at_seattle_with_its_third_session_at_tacoma_is_settled_to_the_cent(
    story: Story,
) -> None:
    ana = story.join("Ana Mora", "STARTER-3")
    story.come(ana)
    story.live("2027-01-06 12:00")
    story.come(ana)
    story.live("2027-01-08 12:00")
    story.come(ana, at="tac")
    sea, tac = month(story, "sea", JAN), month(story, "tac", JAN)
    assert taken(story) == [10925]
    assert (sea.net_sales_cents, sea.cash_cents, sea.by_card_cents) == (9900, 10925, 10925)
    assert (sea.earned_cents, tac.earned_cents) == (6600, 3300)
    assert (tac.net_sales_cents, tac.cash_cents) == (0, 0)
    ids = {slug: story.place(slug).id for slug in ("sea", "tac")}
    assert settlements.owed_by(ids.values()) == {(ids["sea"], ids["tac"]): 3300}
    group = report(story, JAN)
    for name, cents in group.totals.cents().items():
        assert cents == sum(row.cents()[name] for row in group.rows), name

    now = story.go("2027-02-03 10:00")
    on = date(2027, 2, 3)
    paid = Paid(key=new_id(), amount_cents=3300, on=on, reference="January", by=SYSTEM)
    run_txn(lambda: settlements.pay(ids["sea"], creditor_id=ids["tac"], paid=paid, now=now))
    places = [story.place(slug) for slug in story.studio.places]
    asked = Asked(JAN, date(2027, 2, 1), places, now)
    shown = {
        (row.values["month"].month, row.location, row.account): row.values["closing_cents"]
        for row in settlements.table(asked).rows
    }
    assert shown == {
        (1, "sea", "due_to"): 3300,
        (1, "tac", "due_from"): -3300,
        (2, "sea", "due_to"): 0,
        (2, "tac", "due_from"): 0,
    }
    assert (booked(story, "bank", "sea"), booked(story, "bank", "tac")) == (3300, -3300)
    assert settlements.owed_by(ids.values()) == {}
    assert complaints(story) == []
