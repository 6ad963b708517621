"""Recurring revenue of two studios over a half-year, from its dated moves."""

from __future__ import annotations

from datetime import date

from membership import mrr_report
from tests.support.story import Story


def test_months_and_studios_add_up_and_a_month_once_told_stays_as_it_was(story: Story) -> None:
    sea, boi = story.place("sea"), story.place("boi")
    story.go("2027-01-31 22:30", "sea")  # 23:30 in Boise
    ana = story.join("Ana Mora", "MAINT-4")
    story.go("2027-02-01 00:10", "boi")  # still January in Seattle
    story.join("Ben Ito", "MAINT-2", at="boi")
    story.join("Cleo Diaz", "UNLIMITED", at="sea")
    story.go("2027-02-20 12:00")
    story.cancel(ana)
    january = mrr_report.by_month([sea, boi], first=date(2027, 1, 1), last=date(2027, 1, 31))
    assert [(row.slug, row.movement.moved["new"]) for row in january.rows] == [
        ("boi", 0), ("sea", 13900 + 18600)
    ]  # fmt: skip
    story.live("2027-03-02 12:00")
    found = mrr_report.by_month([boi, sea], first=date(2027, 1, 1), last=date(2027, 3, 1))
    assert found.rows[:2] == january.rows
    assert [
        (row.slug, f"{row.movement.month:%m}", row.movement.opening_cents,
         row.movement.closing_cents)
        for row in found.rows
    ] == [
        ("boi", "01", 0, 0), ("sea", "01", 0, 32500),
        ("boi", "02", 0, 7900), ("sea", "02", 32500, 18600),
        ("boi", "03", 7900, 7900), ("sea", "03", 18600, 18600),
    ]  # fmt: skip
    assert found.moved["churn"] == -13900
    assert (found.opening_cents, found.closing_cents) == (0, 26500)
    assert found.closing_cents == found.opening_cents + sum(found.moved.values())
    one = mrr_report.by_month([sea], first=date(2027, 2, 1), last=date(2027, 2, 1))
    assert (one.opening_cents, one.closing_cents) == (32500, 18600)
    lines = mrr_report.as_csv(found).splitlines()
    assert lines[4].startswith("2027-02,Seattle,USD,325.00,")
    assert lines[4].endswith(",186.00")
    document = mrr_report.as_json(found)
    assert document["rows"][3]["closing_cents"] == 18600
    for kind in ("new", "churn"):
        in_rows = sum(row[f"{kind}_cents"] for row in document["rows"])
        assert document["totals"][f"{kind}_cents"] == in_rows == found.moved[kind]
