"""Story 14, its other half: a second booster within 90 days brings an offer, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from billing.payments import hosted
from billing.sales import sales
from config import clock as time_of
from config.db import db, run_txn
from membership.models import Membership, PlanChange, TierSuggestion
from tests.support.story import Person, Story
from tests.support.story_facts import bills, complaints, left_at, letters, plans


def buy_booster(story: Story, who: Person) -> None:
    """Bought and paid on the card page."""
    now = time_of.now()
    placed = run_txn(
        lambda: sales.place_pack(
            member_id=who.member_id,
            pack_version_id=story.studio.packs["BOOSTER-3"],
            location_id=story.place(who.home).id,
            now=now,
        )
    )
    story.pay(hosted.open_page(placed.attempt_id, gateway=story.gateway, now=now))


def offers(who: Person) -> list[tuple[str, date]]:
    query = (
        sa.select(TierSuggestion)
        .join(Membership, Membership.id == TierSuggestion.membership_id)
        .where(Membership.member_id == who.member_id)
        .order_by(TierSuggestion.id)
    )
    return [(one.kind, one.made_on) for one in db.session.scalars(query)]


def test_second_booster_within_90_days_offers_the_next_tier_and_silence_changes_nothing(
    story: Story,
) -> None:
    story.go("2027-02-01 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.live("2027-02-20 12:00")
    buy_booster(story, ana)
    story.live("2027-04-20 15:00")
    assert offers(ana) == []
    buy_booster(story, ana)  # 59 days later, after the day's last look at it
    story.live("2027-05-02 12:00")
    assert offers(ana) == [("after_boosters", date(2027, 4, 21))]
    (letter,) = letters(ana, "notice_tier_offer")
    assert letter.context["to_name"] == "Maint 4"
    assert letter.context["total"] == "$153.39"
    assert left_at(letter, "America/Los_Angeles") == "2027-04-21 09:00"
    assert db.session.scalars(sa.select(PlanChange)).all() == []
    assert plans(ana)[0].price_cents == 7900
    renewals = [bill.total_cents for bill in bills(ana) if bill.reason != "pack"]
    assert renewals == [8718] * 4
    assert [bill.total_cents for bill in bills(ana) if bill.reason == "pack"] == [9932, 9932]
    assert complaints(story) == []


@pytest.mark.parametrize(("second", "offered"), [("2027-05-31", True), ("2027-06-01", False)])
def test_ninety_days_are_counted_in_days_of_the_studio(
    story: Story, second: str, *, offered: bool
) -> None:
    story.go("2027-03-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.live("2027-03-03 23:30", "boi")
    buy_booster(story, ben)
    story.live(f"{second} 00:30", "boi")
    buy_booster(story, ben)
    story.live("2027-06-04 12:00", "boi")
    assert bool(offers(ben)) is offered
