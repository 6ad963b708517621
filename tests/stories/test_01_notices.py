"""Told before a first charge: with proof or not at all, and a way out in one click."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
import sqlalchemy as sa

from billing.sales import early_start
from config import clock as time_of
from config import outbox
from config.audit import Actor
from config.db import db, run_txn
from config.models import OutboxMessage
from locations import policy_overrides
from locations.policy import policy_for
from membership.models import Notice
from membership.notices import notice_list
from tests.http.world import Browser
from tests.support.story import EIGHT_AND_NINE, Person, Story
from tests.support.story_facts import (
    bills,
    complaints,
    left_at,
    letters,
    pack,
    plans,
    taken,
    the_consent,
)
from tests.support.studio import PASSWORD


def agreed(story: Story, slug: str = "sea", starts: str = "2027-01-04 10:00") -> Person:
    """A starter with a plan to follow, opened on the day it was bought."""
    story.go(starts, slug)
    ana = story.join("Ana Mora", "STARTER-3", at=slug, agrees_to="MAINT-2", password=PASSWORD)
    story.come(ana)
    return ana


def text(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def signed_in(story: Story, email: str) -> Browser:
    browser = Browser(story.app.test_client())
    assert browser.post("/login", email=email, password=PASSWORD).status_code == 302
    return browser


@pytest.mark.parametrize(("slug", "total"), [("sea", "$87.18"), ("boi", "$83.74")])
def test_the_link_in_the_letter_declines_in_one_click_without_signing_in(
    story: Story, slug: str, total: str
) -> None:
    ana = agreed(story, slug)
    story.live("2027-01-07 09:00", slug, looks=EIGHT_AND_NINE)
    (letter,) = letters(ana, "notice_conversion")
    path = letter.context["decline_path"]
    stranger = Browser(story.app.test_client())
    said = text(stranger.get(path).text)
    assert total in said
    assert "January 14, 2027" in said
    assert the_consent(ana).state == "given"  # a mail program that looks decides nothing
    for _ in range(2):
        assert stranger.post(path).status_code == 303
    assert the_consent(ana).state == "withdrawn"
    assert "nothing is charged" in text(stranger.get(path).text)
    assert stranger.get(path[:-2] + "xx").status_code == 404
    story.live("2027-01-16 12:00", slug)
    assert len(bills(ana)) == 1
    assert plans(ana) == []
    assert complaints(story) == []


def test_after_the_charge_the_link_says_where_to_cancel(story: Story) -> None:
    ana = agreed(story)
    story.live("2027-01-14 12:00", looks=EIGHT_AND_NINE)
    path = letters(ana, "notice_conversion")[0].context["decline_path"]
    stranger = Browser(story.app.test_client())
    assert stranger.post(path).status_code == 303
    assert "has begun" in text(stranger.get(path).text)
    assert plans(ana)[0].status == "active"


def test_who_takes_back_before_the_letter_left_gets_none(story: Story) -> None:
    ana = agreed(story)
    story.live("2027-01-05 12:00")
    story.take_back(ana)
    story.live("2027-01-15 12:00", looks=EIGHT_AND_NINE)
    assert letters(ana, "notice_conversion") == []
    assert len(bills(ana)) == 1


def test_a_letter_that_comes_back_stops_the_charge_and_stands_on_the_managers_page(
    story: Story,
) -> None:
    ana = agreed(story)
    story.live("2027-01-07 12:00", looks=EIGHT_AND_NINE)
    key = db.session.scalars(sa.select(Notice.outbox_key).where(Notice.kind == "conversion")).one()
    run_txn(lambda: outbox.bounce(key or "", reason="550 no such mailbox"))
    story.live("2027-01-20 12:00")
    assert (plans(ana), the_consent(ana).state) == ([], "given")
    manager = signed_in(story, "manager.sea@studio.example")
    said = text(manager.get("/manage/notices").text)
    assert "Ana Mora" in said
    assert "550 no such mailbox" in said
    elsewhere = signed_in(story, "manager.boi@studio.example")
    assert "Ana Mora" not in elsewhere.get("/manage/notices").text
    (failed,) = notice_list.came_back([story.place("sea").id], now=time_of.now())
    again = {"notice_id": str(failed.id)}
    assert elsewhere.post("/manage/notices/again", **again).status_code == 404
    assert manager.post("/manage/notices/again", **again).status_code == 303
    for _ in range(2):
        story.work("sea")
    story.live("2027-01-27 08:59", looks=EIGHT_AND_NINE)
    assert len(bills(ana)) == 1
    story.live("2027-01-27 12:00")
    assert bills(ana)[1].issued_on == date(2027, 1, 27)  # seven days after the second letter
    assert "Ana Mora" in text(manager.get("/manage/notices").text)  # with its proof now
    assert complaints(story) == []


def test_a_studio_that_tells_ten_days_before_charges_ten_days_after_telling(story: Story) -> None:
    owner = story.studio.staff["owner"]
    boise, today = story.place("boi"), date(2027, 1, 4)
    run_txn(
        lambda: policy_overrides.set_rule(
            location_id=boise.id,
            land=policy_for(boise.jurisdiction, today),
            rule="first_charge_notice_days",
            setting="10",
            effective_from=today,
            reason=None,
            on=today,
            by=Actor(owner.id, owner.name),
            now=time_of.now(),
        )
    )
    ana = agreed(story, "boi", "2027-01-11 10:00")
    story.work("boi")
    (letter,) = letters(ana, "notice_conversion")
    assert left_at(letter, "America/Boise")[:10] == "2027-01-11"
    assert letter.context["about_on"] == "January 21, 2027"
    story.live("2027-01-21 08:59", "boi", looks=EIGHT_AND_NINE)
    assert plans(ana) == []
    story.live("2027-01-21 12:00", "boi")
    assert taken(story) == [10494, 8374]


@pytest.mark.parametrize(("slug", "cents"), [("sea", 8718), ("phx", 7900)])
def test_who_will_not_wait_starts_now_pays_on_the_card_page_and_is_not_charged_again(
    story: Story, slug: str, cents: int
) -> None:
    ana = agreed(story, slug)
    story.live("2027-01-06 12:00", slug)
    browser = signed_in(story, ana.email)
    assert f"${cents / 100:.2f}" in text(browser.get("/plan/start-now").text)
    assert early_start.offered(ana.member_id, now=time_of.now()).amounts.total_cents == cents
    answer = browser.post("/plan/start-now")
    assert answer.status_code == 303
    story.pay(answer.headers["Location"])
    (plan,) = plans(ana)
    assert (plan.status, plan.anchor) == ("active", date(2027, 1, 6))
    assert (the_consent(ana).state, pack(ana).converted_on) == ("used", date(2027, 1, 6))
    assert bills(ana)[-1].consent_id == the_consent(ana).id
    story.come(ana)  # what is left of the starter stays good
    story.live("2027-01-20 12:00", slug, looks=EIGHT_AND_NINE)
    assert letters(ana, "notice_conversion") == []
    assert bills(ana)[-1].total_cents == cents
    assert len(bills(ana)) == 2
    assert complaints(story) == []


def test_left_at_the_card_page_the_plan_begins_on_its_day_as_agreed(story: Story) -> None:
    ana = agreed(story)
    story.live("2027-01-06 12:00")
    browser = signed_in(story, ana.email)
    assert browser.post("/plan/start-now").status_code == 303
    sent = sa.select(sa.func.count(OutboxMessage.id)).where(
        OutboxMessage.template == "notice_conversion"
    )
    story.live("2027-01-07 12:00", looks=EIGHT_AND_NINE)
    assert db.session.scalar(sent) == 1
    assert the_consent(ana).state == "given"


def test_nobody_starts_what_was_not_agreed_to(story: Story) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3", password=PASSWORD)
    browser = signed_in(story, ana.email)
    assert browser.get("/plan/start-now").status_code == 404
    assert browser.post("/plan/start-now").status_code == 404


def test_before_the_first_session_there_is_nothing_to_start_yet(story: Story) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2", password=PASSWORD)
    assert signed_in(story, ana.email).post("/plan/start-now").status_code == 409
