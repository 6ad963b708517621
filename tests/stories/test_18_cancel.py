"""Story 18: two clicks, and the plan ends with what is paid."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from billing.runs import rehearsals, run
from config.errors import Refused
from tests.support.story import Person, Story
from tests.support.story_facts import bills, complaints, left_at, letters, plans, taken
from tests.support.studio import PASSWORD

HTTPS = "https://localhost"
JULY_1 = date(2027, 7, 1)


def monthly_from_june_1(story: Story, plan: str = "MAINT-2", slug: str = "boi") -> Person:
    story.go("2027-06-01 10:00", slug)
    return story.join("Ben Ito", plan, at=slug, password=PASSWORD)


def two_clicks(story: Story, who: Person) -> list[str]:
    """Sign in and cancel on one's own page; returns what each of the two pages said."""
    browser = story.app.test_client()
    _post(browser, "/login", email=who.email, password=PASSWORD)
    said = [browser.get("/plan/cancel", base_url=HTTPS).text]
    _post(browser, "/plan/cancel")
    return [*said, browser.get("/", base_url=HTTPS).text]


def _post(browser: FlaskClient, address: str, **fields: str) -> None:
    """Send the form of a page with its token."""
    token = re.search(
        r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(address, base_url=HTTPS).text
    )
    assert token is not None
    answer = browser.post(
        address,
        base_url=HTTPS,
        data={"csrf_token": token[1], **fields},
        headers={"Referer": f"{HTTPS}/"},
    )
    assert answer.status_code == 302, answer.text


def test_ben_cancels_on_june_12_comes_until_june_30_and_is_not_charged_on_july_1(
    story: Story,
) -> None:
    ben = monthly_from_june_1(story)
    story.go("2027-06-12 15:00", "boi")
    for said in two_clicks(story, ben):
        assert "June 30, 2027" in said
    assert (plans(ben)[0].status, plans(ben)[0].ends_on) == ("active", JULY_1)
    story.go("2027-06-12 15:01", "boi")
    story.tick()
    (letter,) = letters(ben, "membership_cancelled")
    assert left_at(letter, "America/Boise") == "2027-06-12 15:01"
    assert letter.context["last_access_on"] == "June 30, 2027"

    story.live("2027-06-30 23:50", "boi")
    story.come(ben)
    story.go("2027-07-01 00:10", "boi")
    with pytest.raises(Refused) as over:  # whether or not a job has run since midnight
        story.come(ben)
    assert over.value.code == "ended"
    story.work("boi")
    story.live("2027-07-03 12:00", "boi")
    assert taken(story) == [8374]
    assert [bill.issued_on for bill in bills(ben)] == [date(2027, 6, 1)]
    (plan,) = plans(ben)
    assert (plan.status, plan.ended_on) == ("ended", JULY_1)
    assert complaints(story) == []


def test_who_cancels_after_the_run_has_listed_them_is_not_charged_by_it(story: Story) -> None:
    ben = monthly_from_june_1(story)
    stays = story.join("Cleo Diaz", "UNLIMITED", at="boi")
    story.go("2027-07-01 00:06", "boi")
    listed = rehearsals.rehearse(story.place("boi"), on=JULY_1)
    assert (listed.count, listed.total_cents) == (2, 8374 + 19716)
    story.cancel(ben)
    report = run.bill(story.place("boi"), on=JULY_1)
    assert (report.issued, report.issued_cents) == (1, 19716)
    assert len(bills(ben)) == 1
    assert len(bills(stays)) == 2
    assert taken(story) == [8374, 19716, 19716]


def test_cancelling_twice_or_again_tomorrow_changes_nothing(story: Story) -> None:
    ana = monthly_from_june_1(story, "MAINT-4", "sea")
    story.go("2027-06-20 12:00")
    first = story.cancel(ana)
    story.go("2027-06-21 12:00")
    assert story.cancel(ana) == first
    story.tick()
    assert len(letters(ana, "membership_cancelled")) == 1


def test_plan_anchored_on_the_31st_and_cancelled_in_june_lasts_through_the_29th(
    story: Story,
) -> None:
    story.go("2027-05-31 10:00", "phx")
    cleo = story.join("Cleo Diaz", "MAINT-2", at="phx")
    story.go("2027-06-12 10:00", "phx")
    assert story.cancel(cleo).last_access_on == date(2027, 6, 29)
    story.go("2027-06-29 12:00", "phx")
    story.come(cleo)
    story.live("2027-07-01 12:00", "phx")
    assert taken(story) == [7900]
    assert plans(cleo)[0].ended_on == date(2027, 6, 30)


def test_in_seattle_the_same_page_offers_the_end_today_and_says_what_comes_back(
    story: Story,
) -> None:
    ana = monthly_from_june_1(story, "MAINT-2", "sea")
    story.go("2027-06-12 15:00")
    browser = story.app.test_client()
    _post(browser, "/login", email=ana.email, password=PASSWORD)
    page = browser.get("/plan/cancel", base_url=HTTPS).text
    assert "End it now, unspent credits back" in page
    assert "$87.18" in page
    assert "Undo it, everything back" not in page  # the three business days are over
    _post(browser, "/plan/cancel", how="end_now")
    assert plans(ana)[0].status == "ended"
    assert "$87.18 will be sent back by July 12, 2027" in browser.get("/", base_url=HTTPS).text


def test_a_cancellation_is_taken_back_by_one_button_at_home(story: Story) -> None:
    ben = monthly_from_june_1(story)
    story.go("2027-06-12 15:00", "boi")
    two_clicks(story, ben)
    browser = story.app.test_client()
    _post(browser, "/login", email=ben.email, password=PASSWORD)
    home = browser.get("/", base_url=HTTPS).text
    assert 'action="/plan/cancel/undo"' in home
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', home)
    assert token is not None
    browser.post(
        "/plan/cancel/undo",
        base_url=HTTPS,
        data={"csrf_token": token[1]},
        headers={"Referer": f"{HTTPS}/"},
    )
    assert plans(ben)[0].ends_on is None
