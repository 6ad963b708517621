"""Story 3: a starter once per person, wherever and however they write their name."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from billing.cards import same_cards
from billing.sales import checkout
from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from config.models import AuditEntry
from membership.journey import starters
from membership.models import Member, StarterOverride
from tests.support.story import Person, Story
from tests.support.story_facts import complaints, pack, taken

PHONE = "+12065550177"


def leave(story: Story, who: Person, at: str, reason: str) -> StarterOverride:
    """A manager's leave for one more starter."""
    manager = story.studio.staff[f"manager {at}"]
    return run_txn(
        lambda: starters.allow_again(
            who.member_id,
            location_id=story.place(at).id,
            reason=reason,
            by=Actor(manager.id, manager.name),
            now=time_of.now(),
        )
    )


def test_the_same_phone_in_boise_is_refused_before_paying_and_told_nothing(story: Story) -> None:
    story.join("Ana Mora", "STARTER-3", phone=PHONE)
    with pytest.raises(Refused) as refused:
        story.join("Anna Moore", "STARTER-3", at="boi", phone="(206) 555-0177", card="pm_card_amex")
    assert refused.value.code == "one_per_person"
    for word in ("member", "phone", "already", "Ana", "Seattle"):
        assert word not in refused.value.message
    assert taken(story) == [10925]
    known = sa.select(sa.func.count()).select_from(Member)
    assert db.session.scalar(known) == 1, "nothing of the second try is kept"
    assert complaints(story) == []


def test_a_managers_leave_with_a_reason_is_used_once_and_written_down(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3", phone=PHONE)
    given = leave(story, ana, "boi", "a year ago, and ill since")
    with pytest.raises(Refused) as twice:
        leave(story, ana, "boi", "once more")
    assert twice.value.code == "leave_waits"
    with pytest.raises(Refused):
        story.join("Anna Moore", "STARTER-3", at="tac", phone=PHONE)

    again = story.join("Anna Moore", "STARTER-3", at="boi", phone=PHONE)
    assert taken(story) == [10925, 10494]
    used = db.session.get_one(StarterOverride, given.id, populate_existing=True)
    assert used.member_pack_id == pack(again).id
    with pytest.raises(Refused) as refused:
        story.join("Ann Mohr", "STARTER-3", at="boi", phone=PHONE)
    assert refused.value.code == "one_per_person"
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "starter.allowed_again")
    ).one()
    assert entry.actor_id == story.studio.staff["manager boi"].id
    assert entry.facts["reason"] == "a year ago, and ill since"
    assert complaints(story) == []


def test_a_sale_on_leave_that_was_never_paid_gives_the_leave_back(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3")
    given = leave(story, ana, "sea", "moved house")
    order = {
        "member_id": ana.member_id,
        "pack_version_id": story.studio.packs["STARTER-3"],
        "location_id": story.place("sea").id,
        "gateway": story.gateway,
    }
    checkout.sell_pack(**order, now=time_of.now())
    page = checkout.sell_pack(**order, now=time_of.now())  # the first page is closed for it
    story.pay(page)
    used = db.session.get_one(StarterOverride, given.id, populate_existing=True)
    assert used.member_pack_id is not None
    assert taken(story) == [10925, 10925]
    with pytest.raises(Refused):
        checkout.sell_pack(**order, now=time_of.now())


def test_the_same_card_alone_is_sold_and_reported(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3", card="pm_card_mastercard")
    story.go("2027-02-01 10:00", "boi")
    ben = story.join("Ben Mora", "STARTER-3", at="boi", card="pm_card_mastercard")
    story.join("Cleo Diaz", "STARTER-3", at="boi", card="pm_card_amex")
    everywhere = [place.id for place in story.studio.places.values()]
    (found,) = same_cards.starters(everywhere)
    assert (found.member_id, found.place_name) == (ben.member_id, "Boise")
    assert (found.earlier_member_id, found.earlier_place_name) == (ana.member_id, "Seattle")
    assert same_cards.starters([story.place("sea").id]) == []
    assert complaints(story) == []
