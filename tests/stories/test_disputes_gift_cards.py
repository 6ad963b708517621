"""A gift card whose payment is disputed opens nothing until the bank has decided."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from billing.gift_cards import gift_cards, gift_checkout
from billing.models import GiftCard
from config import clock as time_of
from config.db import db
from config.errors import Refused
from tests.support.story import Person, Story
from tests.support.story_disputes import decided, opened
from tests.support.story_facts import booked, complaints
from tests.support.story_tenders import buy, open_till


def bought(story: Story, who: Person) -> str:
    """A gift card over 100.00, paid on the hosted page; its code."""
    page = gift_checkout.sell(
        member_id=who.member_id,
        place=story.place("sea"),
        amount_cents=10000,
        recipient_name=None,
        recipient_email=None,
        gateway=story.gateway,
        now=time_of.now(),
    )
    story.pay(page)
    return gift_cards.shown_code(str(db.session.scalars(sa.select(GiftCard.id)).one()))


def test_gift_card_bought_with_a_disputed_card_is_shut_and_what_is_left_is_lost_with_it(
    story: Story,
) -> None:
    story.go("2027-03-01 09:00")
    open_till(story, "sea", 5000)
    ana = story.join("Ana Mora", "DROP-IN")
    story.go("2027-03-01 10:00")
    code = bought(story, ana)
    buy(story, ana, "DROP-IN", "gift_card", at="sea", code=code)
    left = booked(story, "gift_cards", "sea")
    assert left == 10000 - 6069
    dispute_id = opened(story, ana)
    assert gift_cards.find(code) is None
    with pytest.raises(Refused):
        buy(story, ana, "DROP-IN", "gift_card", at="sea", code=code)
    decided(story, dispute_id, "lost")
    assert booked(story, "gift_cards", "sea") == 0
    assert booked(story, "dispute_losses", "sea") == -(10000 - left)
    assert complaints(story) == []


def test_gift_card_opens_again_once_the_bank_has_decided_for_the_studio(story: Story) -> None:
    story.go("2027-03-01 09:00")
    open_till(story, "sea", 5000)
    ana = story.join("Ana Mora", "DROP-IN")
    story.go("2027-03-01 10:00")
    code = bought(story, ana)
    dispute_id = opened(story, ana)
    assert gift_cards.find(code) is None
    decided(story, dispute_id, "won")
    found = gift_cards.find(code)
    assert found is not None
    assert found.balance_cents == 10000
    assert complaints(story) == []
