"""A plan that changed after the tax had, or to another interval: its bill has two sides.

One side takes away under the old tax or account what the other brings under the new one. Whatever
goes back of such a bill goes back of both, and never comes to more than the bill.
"""

from __future__ import annotations

from datetime import date

import pytest

from billing.models import Invoice
from billing.refunds.refund_terms import Terms
from config.calendar import Interval
from config.db import run_txn, transaction
from config.errors import Invalid
from locations import tax_rates
from membership.rules.exits import Exit
from tests.support.story import Person, Story
from tests.support.story_changes import another_plan, change_now
from tests.support.story_exits import leave
from tests.support.story_facts import booked, taken
from tests.support.story_refunds import (
    granted,
    newest_invoice,
    quoted,
    send_all,
    sent_back,
    sound,
    wish,
)

KIND = Terms("goodwill", "card")
DEFERRED = ("deferred_sessions", "deferred_time")


@pytest.mark.parametrize("how", ["end_now", "statutory_exit"])
@pytest.mark.parametrize("to", ["MAINT-4", "UNLIMITED"])
def test_plan_that_grew_after_tacoma_taxed_anew_ends_with_all_that_was_unused(
    story: Story, to: str, how: Exit
) -> None:
    ana = grown(story, to)
    deferred = owed_for_sessions(story)
    found = leave(story, ana, how)
    assert found.refund_cents - found.refund_tax_cents == deferred > 0
    assert owed_for_sessions(story) == 0
    story.tick()
    assert sum(sent_back(story)) == found.refund_cents
    assert found.refund_cents + found.kept_cents == sum(taken(story))
    assert sound(story) == []


def test_no_cent_used_gives_back_all_of_both_bills_and_both_taxes(story: Story) -> None:
    ana = grown(story, "MAINT-4")
    found = leave(story, ana, "end_now")
    assert (found.refund_cents, found.refund_tax_cents) == (8714 + 4418, 814 + 418)
    assert booked(story, "sales_tax", "tac") == 0
    assert sound(story) == []


def test_goodwill_on_the_bill_of_a_change_is_44_18_at_the_most_and_both_taxes_go_back(
    story: Story,
) -> None:
    bill = bill_of(grown(story, "MAINT-4"))
    assert bill.total_cents == 4418
    with pytest.raises(Invalid):
        quoted(bill, Terms("goodwill", "card", (), 4419))
    granted(story, wish(bill, Terms("goodwill", "card", (), 1818)))
    rest = quoted(bill, KIND)
    assert (rest.refund_cents, rest.kept_cents) == (2600, 0)
    granted(story, wish(bill, KIND))
    send_all()
    assert sorted(sent_back(story)) == [1818, 2600]
    # All of the first bill's tax is kept, and none of the change's.
    assert booked(story, "sales_tax", "tac") == 814
    assert sound(story) == []


def test_what_goodwill_gave_of_a_change_is_not_paid_again_when_the_plan_ends(story: Story) -> None:
    ana = grown(story, "MAINT-4")
    granted(story, wish(bill_of(ana), Terms("goodwill", "card", (), 1818)))
    leave(story, ana, "end_now")
    story.tick()
    assert sum(sent_back(story)) == 8714 + 4418 == sum(taken(story))
    assert booked(story, "concessions", "tac") == 0
    assert sound(story) == []


def test_goodwill_on_a_new_cycle_is_what_was_paid_for_it_and_then_nothing_more(
    story: Story,
) -> None:
    story.go("2027-06-01 10:00", "tac")
    ana = story.join("Ana Mora", "MAINT-2", at="tac")
    four_weeks = another_plan(
        story, "WEEKS-4", price_cents=9900, allowance=None, interval=Interval(4, "week")
    )
    story.live("2027-06-03 12:00", "tac")
    paid(story, change_now(story, ana, four_weeks))
    bill = bill_of(ana)
    assert quoted(bill, KIND).refund_cents == bill.total_cents == 2206
    granted(story, wish(bill, KIND))
    leave(story, ana, "end_now")
    story.tick()
    assert sum(sent_back(story)) <= sum(taken(story)) == 8714 + 2206
    assert owed_for_sessions(story) == 0
    assert sound(story) == []


def grown(story: Story, to: str) -> Person:
    """A plan of 1 June at Tacoma that changes on the 11th; on the 5th another tax began there."""
    story.go("2027-06-01 10:00", "tac")
    ana = story.join("Ana Mora", "MAINT-2", at="tac")
    with transaction():
        tax_rates.begin(
            location_id=story.place("tac").id,
            product_class="plan",
            name="Tacoma tax of June",
            rate_ppm=103_700,
            effective_from=date(2027, 6, 5),
        )
    story.live("2027-06-11 12:00", "tac")
    paid(story, change_now(story, ana, to))
    return ana


def paid(story: Story, page: str | None) -> None:
    """On the card page, where the saved card was not enough."""
    if page is not None:
        story.pay(page)


def bill_of(who: Person) -> Invoice:
    """Of the change, their newest one."""
    return run_txn(lambda: newest_invoice(who))


def owed_for_sessions(story: Story) -> int:
    """What Tacoma's books still owe of sessions and days."""
    return sum(booked(story, account, "tac") for account in DEFERRED)
