"""Story 5: an anchor that short months do not have. The nights are told by `taper bill` alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from billing.runs import run
from config.calendar import add_months
from tests.support.story import Person, Story
from tests.support.story_facts import bills, plans, taken


def bought(story: Story, plan: str, slug: str, on: date) -> Person:
    story.go(f"{on} 17:00", slug)
    return story.join("Ana Mora", plan, at=slug)


def billed(story: Story, slug: str, *dates: date) -> list[int]:
    """How many invoices each of these nights brings, asked a minute after renewals begin."""
    issued = []
    for on in dates:
        story.go(f"{on} 00:06", slug)
        issued.append(run.bill(story.place(slug), on=on).issued)
    return issued


def starts(who: Person) -> list[str]:
    return [f"{bill.issued_on}" for bill in bills(who)]


def test_plan_bought_on_january_31_renews_on_the_last_of_each_month_up_to_leap_february(
    story: Story,
) -> None:
    ana = bought(story, "MAINT-2", "sea", date(2027, 1, 31))
    renewals = [
        date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31),
        date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31), date(2027, 9, 30),
        date(2027, 10, 31), date(2027, 11, 30), date(2027, 12, 31), date(2028, 1, 31),
        date(2028, 2, 29), date(2028, 3, 31),
    ]  # fmt: skip
    for on in renewals:
        night_before = on - timedelta(days=1)
        assert billed(story, "sea", night_before, on, on) == [0, 1, 0]
    assert starts(ana) == ["2027-01-31", *map(str, renewals)]
    in_2027 = [bill.issued_on.month for bill in bills(ana) if bill.issued_on.year == 2027]
    assert in_2027 == list(range(1, 13))  # twelve a year: never two in a month, none skipped
    assert taken(story) == [8718] * 15
    assert plans(ana)[0].next_due_on == date(2028, 4, 30)


@pytest.mark.parametrize(
    ("anchor", "slug", "cents", "expected"),
    [
        (date(2027, 8, 30), "phx", 13900, "09-30 10-30 11-30 12-30 01-30 02-29 03-30"),
        (date(2027, 12, 29), "boi", 14734, "01-29 02-29 03-29"),
        (date(2026, 12, 31), "tac", 15332, "01-31 02-28 03-31"),
    ],
)
def test_anchor_that_february_lacks_comes_back_in_march(
    story: Story, anchor: date, slug: str, cents: int, expected: str
) -> None:
    story.stripe.control("POST", "reset", {"now": f"{anchor}T00:00:00+00:00"})
    story.stripe.control("POST", "payouts/schedule", {"every_days": 1})
    ana = bought(story, "MAINT-4", slug, anchor)
    months = range(1, len(expected.split()) + 1)
    nights = [add_months(anchor, n, anchor_day=anchor.day) for n in months]
    for on in nights:
        billed(story, slug, on - timedelta(days=1), on)
    assert " ".join(start[5:] for start in starts(ana)[1:]) == expected
    assert taken(story) == [cents] * (1 + len(nights))
