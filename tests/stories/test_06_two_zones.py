"""Story 6: two zones, two rates. A day belongs to the studio on whose wall it stands."""

from __future__ import annotations

from datetime import date

from tests.support.story import Story
from tests.support.story_facts import bills, booked, complaints, month, report, taken

JANUARY, FEBRUARY = date(2027, 1, 1), date(2027, 2, 1)


def test_session_in_boise_at_half_past_midnight_is_earned_in_february_though_seattle_has_january(
    story: Story,
) -> None:
    story.go("2027-01-31 12:00")
    ana = story.join("Ana Mora", "STARTER-3")
    ben = story.join("Ben Ito", "MAINT-4", at="boi")
    instant = story.go("2027-02-01 00:30", "boi")
    assert instant == story.go("2027-01-31 23:30", "sea")
    story.come(ben)
    story.come(ana)
    assert booked(story, "earned_sessions", "boi", on=FEBRUARY) == 3475
    assert booked(story, "earned_sessions", "sea", on=date(2027, 1, 31)) == 3300
    assert (month(story, "boi", JANUARY).earned_cents, month(story, "sea", JANUARY).earned_cents) \
        == (0, 3300)  # fmt: skip
    assert (
        month(story, "boi", FEBRUARY).earned_cents,
        month(story, "sea", FEBRUARY).earned_cents,
    ) == (3475, 0)
    assert report(story, JANUARY).totals.earned_cents == 3300
    assert report(story, JANUARY, FEBRUARY).totals.earned_cents == 6775
    assert complaints(story) == []


def test_same_plan_costs_14734_in_boise_15339_in_seattle_15332_in_tacoma_13900_in_phoenix(
    story: Story,
) -> None:
    people = {
        slug: story.join(f"Member {slug}", "MAINT-4", at=slug) for slug in story.studio.places
    }
    told = {
        slug: (bill.net_cents, bill.tax_cents, bill.total_cents)
        for slug, who in people.items()
        for bill in bills(who)
    }
    assert told == {
        "sea": (13900, 1439, 15339),
        "tac": (13900, 1432, 15332),
        "boi": (13900, 834, 14734),
        "phx": (13900, 0, 13900),
    }
    assert sorted(taken(story)) == [13900, 14734, 15332, 15339]


def test_the_group_is_the_sum_of_its_studios_to_the_cent(story: Story) -> None:
    story.go("2027-02-28 23:40")  # March 1st in Boise and in Phoenix
    for slug in story.studio.places:
        who = story.join(f"Member {slug}", "STARTER-3", at=slug)
        story.come(who)
    february, march = report(story, FEBRUARY), report(story, date(2027, 3, 1))
    assert {row.slug: row.cash_cents for row in february.rows} == {
        "boi": 0, "phx": 0, "sea": 10925, "tac": 10920,
    }  # fmt: skip
    assert {row.slug: row.cash_cents for row in march.rows} == {
        "boi": 10494, "phx": 9900, "sea": 0, "tac": 0,
    }  # fmt: skip
    for page in (february, march):
        for name, cents in page.totals.cents().items():
            assert cents == sum(row.cents()[name] for row in page.rows)
    assert february.totals.net_sales_cents == march.totals.net_sales_cents == 19800
    assert (february.totals.tax_cents, march.totals.tax_cents) == (1025 + 1020, 594)
