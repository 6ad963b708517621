"""The pages of a hold: what they say before the button is what is billed after it."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from config.db import db
from membership.models import Hold
from tests.http.world import Browser
from tests.support.story import Person, Story
from tests.support.story_facts import bills, complaints, plans
from tests.support.studio import PASSWORD

WHY = "a slipped disc"


def a_member(story: Story, slug: str) -> Person:
    story.go("2027-02-10 10:00", slug)
    ana = story.join("Ana Mora", "MAINT-4", at=slug, password=PASSWORD)
    story.live("2027-03-01 12:00", slug)
    return ana


def signed_in(app: Flask, email: str) -> Browser:
    browser = Browser(app.test_client())
    assert browser.post("/login", email=email, password=PASSWORD).status_code == 302
    return browser


def text(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize(("slug", "total"), [("sea", "$11.04"), ("boi", "$10.60")])
def test_a_member_sees_the_money_first_and_is_billed_just_that(
    story: Story,
    slug: str,
    total: str,
) -> None:
    ana = a_member(story, slug)
    browser = signed_in(story.app, ana.email)
    assert "/plan/hold" in browser.get("/").text
    said = text(browser.get("/plan/hold?start=2027-03-05&back=2027-04-04").text)
    for words in ("March 4, 2027", "April 4, 2027", "April 9, 2027", "May 9, 2027", total):
        assert words in said, words
    assert db.session.scalars(sa.select(Hold)).all() == []  # looking is not asking
    answer = browser.post("/plan/hold", start="2027-03-05", back="2027-04-04")
    assert answer.status_code == 303
    assert f"${bills(ana)[-1].total_cents / 100:.2f}" == total
    story.live("2027-03-20 12:00", slug)
    assert "March 25, 2027" in text(browser.get("/plan/hold").text)
    assert browser.post("/plan/hold/return").status_code == 303
    assert plans(ana)[0].next_due_on == date(2027, 3, 25)
    assert complaints(story) == []


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"start": "2027-03-05", "back": "2027-03-06"}, 422, "7 to 90 days"),
        ({"start": "2027-02-01", "back": "2027-03-20"}, 422, "today or later"),
        ({"start": "2027-03-05"}, 422, "first day back"),
        ({"start": "2027-03-09", "back": "2027-03-09"}, 422, "comes after"),
        ({"start": "2027-02-30", "back": "2027-03-20"}, 422, "no such date"),
    ],
)
def test_days_that_cannot_be_come_back_with_what_was_typed(
    story: Story,
    fields: dict[str, str],
    status: int,
    words: str,
) -> None:
    ana = a_member(story, "sea")
    browser = signed_in(story.app, ana.email)
    for answer in (
        browser.get("/plan/hold", query_string=fields),
        browser.post("/plan/hold", **fields),
    ):
        assert words in text(answer.text)
        assert f'value="{fields["start"]}"' in answer.text
    assert answer.status_code == status
    assert bills(ana)[-1].reason == "first_period"


def test_the_desk_plans_a_hold_a_manager_grants_a_medical_one_and_neither_reads_why(
    story: Story,
) -> None:
    ana = a_member(story, "sea")
    mine = signed_in(story.app, ana.email)
    days = {"start": "2027-03-05", "back": "2027-04-04"}
    assert mine.post("/plan/hold/unwell", why=WHY, **days).status_code == 303
    assert WHY in mine.get("/plan/hold").text
    card = f"/desk/members/{ana.member_id}/hold"
    desk = signed_in(story.app, "desk.sea@studio.example")
    shown = desk.get(card).text
    assert "medical hold is asked for" in shown
    assert WHY not in shown
    assert desk.post(f"{card}/medical/grant", location="sea").status_code == 403
    manager = signed_in(story.app, "manager.sea@studio.example")
    assert WHY not in manager.get(card).text
    assert manager.post(f"{card}/medical/grant", location="sea").status_code == 303
    assert bills(ana)[-1].reason == "first_period"  # no fee
    story.live("2027-03-06 12:00")
    assert plans(ana)[0].status == "frozen"
    assert desk.post(f"{card}/return", location="sea").status_code == 303
    answer = desk.post(card, location="sea", start="2027-03-10", back="2027-03-31")
    assert answer.status_code == 303
    assert bills(ana)[-1].total_cents == 1104
    assert complaints(story) == []
