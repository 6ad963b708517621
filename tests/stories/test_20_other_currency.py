"""Story 20: a gift card sold in Canada, at a drawer that holds dollars of the United States."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.gift_cards import gift_cashing
from config import clock as time_of
from config.db import run_txn
from config.errors import Refused
from tests.support.story import Story
from tests.support.story_facts import booked, complaints
from tests.support.story_tenders import buy, card, open_till, sell_card, staff


def test_rest_of_a_card_is_cashed_in_its_own_currency_alone(story: Story) -> None:
    story.go("2027-01-05 10:00")
    open_till(story, "sea", 5000)
    ana = story.join("Ana Mora", "STARTER-3")
    code = sell_card(story, ana, 6500, at="sea")
    buy(story, ana, "DROP-IN", "gift_card", at="sea", code=code)
    rest, sea = card(story, "sea", code), story.place("sea")
    elsewhere = replace(rest, currency="CAD")
    assert gift_cashing.below_cents(rest, sea, now=time_of.now()) == 500
    assert gift_cashing.below_cents(elsewhere, sea, now=time_of.now()) == 0
    by = staff(story, "desk sea")
    with pytest.raises(Refused, match="not paid out"):
        run_txn(lambda: gift_cashing.cash(elsewhere, sea, by=by, now=time_of.now()))
    assert booked(story, "gift_cards", "sea") == 431
    assert complaints(story) == []
