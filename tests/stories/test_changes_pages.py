"""The pages of a change: what they show is billed, and nothing happens before the button."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import sqlalchemy as sa

from config.db import db, transaction
from locations import people
from locations.models import Account
from membership.changes import change_rows
from tests.http.world import Browser
from tests.support.story import Person, Story
from tests.support.story_facts import complaints, plans, taken
from tests.support.studio import PASSWORD


def member(story: Story, plan: str = "MAINT-2") -> tuple[Person, Browser]:
    story.go("2027-05-10 10:00")
    ana = story.join("Ana Mora", plan, password=PASSWORD)
    browser = Browser(story.app.test_client())
    assert browser.post("/login", email=ana.email, password=PASSWORD).status_code == 302
    return ana, browser


def words(page: str, when: str) -> str:
    """What stands beside the box of one of the two forms."""
    form = page.partition(f'name="when" value="{when}"')[2]
    found = re.search(r'name="words" value="([^"]*)"', form)
    assert found is not None
    return unescape(found[1])


def test_member_reads_both_ways_and_changes_now_through_the_card_page(story: Story) -> None:
    ana, browser = member(story)
    story.live("2027-06-09 12:00")
    to = str(story.studio.plans["MAINT-4"])
    assert to in browser.get("/plan/change").text
    page = browser.get(f"/plan/change?to={to}").text
    for amount in ("-$2.55", "$4.48", "$0.20", "$2.13", "$153.39", "June 10, 2027"):
        assert amount in page or amount.replace("-", "−") in page, amount
    assert "0 more sessions" in page
    assert change_rows.live_of(plans(ana)[0].id) is None

    unticked = browser.post("/plan/change", to=to, when="now", words=words(page, "now"))
    assert unticked.status_code == 422
    answer = browser.post(
        "/plan/change", to=to, when="now", words=words(page, "now"), agree_now="yes"
    )
    assert answer.status_code == 303
    story.pay(answer.headers["Location"])
    assert taken(story) == [8718, 213]
    assert "$153.39" in browser.get("/").text
    assert complaints(story) == []


def test_member_changes_with_the_renewal_sees_it_at_home_and_takes_it_back(story: Story) -> None:
    ana, browser = member(story, "MAINT-4")
    story.live("2027-05-20 12:00")
    to = str(story.studio.plans["MAINT-2"])
    page = browser.get(f"/plan/change?to={to}").text
    assert "2 unused sessions worth" in page
    stale = browser.post("/plan/change", to=to, when="renewal", words="Old", agree_renewal="yes")
    assert stale.status_code == 409
    answer = browser.post(
        "/plan/change", to=to, when="renewal", words=words(page, "renewal"), agree_renewal="yes"
    )
    assert answer.status_code == 303
    home = browser.get("/").text
    assert "June 10, 2027" in home
    assert "$87.18" in home, "the next charge is that of the change"
    assert browser.post("/plan/change/undo").status_code == 303
    assert change_rows.live_of(plans(ana)[0].id) is None
    assert "$153.39" in browser.get("/").text


def test_member_moves_home_after_reading_what_it_costs_there(story: Story) -> None:
    ana, browser = member(story, "MAINT-4")
    story.live("2027-05-18 12:00")
    shown = browser.get("/plan/home?location=boi&from_on=2027-05-20").text
    assert "$147.34" in shown
    answer = browser.post("/plan/home", location="boi", from_on="2027-05-20")
    assert answer.status_code == 303
    assert "$147.34" in browser.get("/").text
    assert plans(ana)[0].location_id == story.place("sea").id


def test_desk_moves_and_changes_what_costs_less_and_refuses_what_costs_more(story: Story) -> None:
    ana, _ = member(story, "MAINT-4")
    desk = _desk(story)
    story.live("2027-05-20 12:00")
    card = f"/desk/members/{ana.member_id}"
    dearer = desk.get(f"{card}/plan?location=sea&to={story.studio.plans['UNLIMITED']}").text
    assert "costs more than the member has agreed to" in dearer
    to = str(story.studio.plans["MAINT-2"])
    page = desk.get(f"{card}/plan?location=sea&to={to}").text
    text = unescape(re.search(r'name="words" value="([^"]*)"', page)[1])  # type: ignore[index]
    done = desk.post(f"{card}/plan", location="sea", to=to, words=text)
    assert done.status_code == 303
    assert "$147.34" not in desk.get(f"{card}/home?location=sea&to=boi&from_on=2027-05-21").text
    moved = desk.post(f"{card}/home", location="sea", to="boi", from_on="2027-05-21")
    assert moved.status_code == 303
    pending = change_rows.pending_of(plans(ana)[0].id)
    assert pending is not None
    assert (pending.kind, pending.price_cents) == ("downgrade", 7900)
    assert pending.location_id == story.place("boi").id
    assert pending.effective_on == date(2027, 6, 10)


def _desk(story: Story) -> Browser:
    with transaction():
        query = sa.select(Account).where(Account.email == "desk.sea@studio.example")
        people.set_password(db.session.scalars(query).one(), PASSWORD)
    browser = Browser(story.app.test_client())
    answer = browser.post("/login", email="desk.sea@studio.example", password=PASSWORD)
    assert answer.status_code == 302
    return browser
