"""Recurring revenue and plans of two studios over a half-year, from dated moves."""

from __future__ import annotations

from datetime import date

import pytest

from config.errors import Invalid
from config.money import half_up
from locations import months_asked, tables
from locations.listing_pages import Query
from locations.months_asked import Asked
from membership.mrr import churn_report, mrr_moves, mrr_report
from tests.support.story import Story

JAN, FEB, MAR = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)


@pytest.fixture
def winter(story: Story) -> Story:
    """Ana joins on Seattle's January 31, two others within the hour; she leaves in February."""
    story.go("2027-01-31 22:30", "sea")  # 23:30 in Boise
    ana = story.join("Ana Mora", "MAINT-4")
    story.go("2027-02-01 00:10", "boi")  # still January in Seattle
    story.join("Ben Ito", "MAINT-2", at="boi")
    story.join("Cleo Diaz", "UNLIMITED", at="sea")
    story.go("2027-02-20 12:00")
    story.cancel(ana)
    story.live("2027-03-02 12:00")
    return story


def asked(story: Story, *slugs: str, first: date, last: date) -> Asked:
    return Asked(first, last, [story.place(slug) for slug in slugs], story.clock.now())


def test_months_and_studios_add_up_and_a_month_once_told_stays_as_it_was(winter: Story) -> None:
    january = mrr_report.table(asked(winter, "sea", "boi", first=JAN, last=JAN))
    assert [(row.location, row.values["new_cents"]) for row in january.rows] == [
        ("boi", 0), ("sea", 13900 + 18600)
    ]  # fmt: skip
    found = mrr_report.table(asked(winter, "boi", "sea", first=JAN, last=MAR))
    assert list(found.rows[:2]) == list(january.rows)
    assert [
        (row.location, f"{row.values['month']:%m}", row.values["opening_cents"],
         row.values["closing_cents"])
        for row in found.rows
    ] == [
        ("boi", "01", 0, 0), ("sea", "01", 0, 32500),
        ("boi", "02", 0, 7900), ("sea", "02", 32500, 18600),
        ("boi", "03", 7900, 7900), ("sea", "03", 18600, 18600),
    ]  # fmt: skip
    totals = dict(found.totals)
    assert totals["churn_cents"] == -13900
    opening, closing = totals.pop("opening_cents"), totals.pop("closing_cents")
    assert (opening, closing) == (0, 26500)
    assert closing == opening + sum(totals.values())
    one = mrr_report.table(asked(winter, "sea", first=FEB, last=FEB)).totals
    assert (one["opening_cents"], one["closing_cents"]) == (32500, 18600)
    line = tables.as_csv(found).splitlines()[4]
    assert line.startswith("2027-02,Seattle,325.00,")
    assert line.endswith(",186.00")
    document = tables.as_json(found)
    assert document["rows"][3]["closing_cents"] == 18600
    for kind in ("new_cents", "churn_cents"):
        assert document["totals"][kind] == sum(row[kind] for row in document["rows"])


def test_one_of_two_plans_that_left_in_february_is_half_of_them(winter: Story) -> None:
    found = churn_report.table(asked(winter, "sea", "boi", first=JAN, last=MAR))
    seattle = [row.values for row in found.rows if row.location == "sea"]
    assert [(one["opening"], one["joined"], one["left"], one["closing"]) for one in seattle] == [
        (0, 2, 0, 2), (2, 0, -1, 1), (1, 0, 0, 1)
    ]  # fmt: skip
    assert [one["churn"] for one in seattle] == ["", "50.0%", "0.0%"]
    assert seattle[1]["revenue_churn"] == "42.8%"  # 139.00 of 325.00
    assert [one["arpm_cents"] for one in seattle] == [16250, 18600, 18600]
    assert found.totals["closing"] == 2
    assert found.totals["arpm_cents"] == half_up(18600 + 7900, 2)


def test_every_number_of_both_reports_is_the_sum_of_the_moves_behind_it(winter: Story) -> None:
    checked = 0
    for build, of in ((mrr_report, "delta_cents"), (churn_report, "plans")):
        table = build.table(asked(winter, "sea", "boi", first=JAN, last=MAR))
        for row in table.rows:
            for column in table.columns:
                query = tables.drill(row, column)
                if query:
                    of_column = "delta_cents" if column.kind == "money" else of
                    said = row.values[column.name]
                    totals = _behind(winter, query).totals
                    if column.name == "arpm_cents":  # one sum divided by the other
                        found = half_up(totals["delta_cents"], totals["plans"])
                    else:
                        found = totals[of_column]
                    assert found == said, (query, column.name)
                    checked += 1
    assert checked > 20


def test_a_page_of_moves_is_a_part_of_them_and_says_what_all_come_to(winter: Story) -> None:
    every = _behind(winter, {"location": "sea"})
    assert [row.values["member"] for row in every.rows] == ["Ana Mora", "Cleo Diaz", "Ana Mora"]
    second = _behind(winter, {"location": "sea"}, skip=1, most=1)
    assert list(second.rows) == list(every.rows[1:2])
    assert second.totals == every.totals
    with pytest.raises(Invalid):
        _behind(winter, {"kind": "new,none"})


def _behind(story: Story, query: dict[str, str], *, skip: int = 0, most: int = 100) -> tables.Table:
    """The moves that an address of these words would show."""
    given = {name: query[asked] for name, asked in _NAMES.items() if asked in query}
    since, until = months_asked.days(given, now=story.clock.now())
    slugs = [query["location"]] if "location" in query else ["sea", "boi"]
    places = [story.place(slug) for slug in slugs]
    return mrr_moves.table(Query(places, since, until, query, skip, most, story.clock.now()))


_NAMES = {"first": "from", "last": "to", "span": "span"}
