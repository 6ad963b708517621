"""Two counters at once at one gift card and one drawer; beside each race the same without guard."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.gift_cards import gift_cards
from billing.models import GiftCard, GiftCardEntry, Invoice, TillSession
from billing.refunds.refund_terms import Terms
from billing.tenders import till
from config.audit import SYSTEM
from config.db import db, run_txn
from config.errors import Refused
from config.ids import new_id
from tests.billing.test_races import MANY, at_once
from tests.support.story import Story
from tests.support.story_refunds import granted, quoted, wish
from tests.support.story_tenders import card, open_till, sell_card

NOW = datetime(2027, 3, 1, 18, tzinfo=UTC)


@pytest.fixture
def sold(story: Story) -> gift_cards.Seen:
    """A card over fifty dollars."""
    open_till(story, "sea", 0)
    ana = story.join("Ana Mora", "DROP-IN")
    return card(story, "sea", sell_card(story, ana, 5000, at="sea"))


def test_of_desks_that_take_all_of_a_card_at_once_one_gets_it(
    app: Flask, sold: gift_cards.Seen
) -> None:
    def take() -> bool:
        try:
            run_txn(
                lambda: gift_cards.use(
                    sold.id,
                    amount_cents=5000,
                    payment_id=new_id(),
                    at=sold.location_id,
                    by_account_id=None,
                    now=NOW,
                )
            )
        except Refused:
            return False
        return True

    assert sum(at_once(app, take)) == 1
    assert db.session.scalars(sa.select(GiftCard.balance_cents)).one() == 0
    used = sa.select(sa.func.count()).where(GiftCardEntry.kind == "used")
    assert db.session.scalar(used) == 1


def test_of_a_desk_that_uses_a_card_and_clerks_who_take_its_sale_back_one_gets_it(
    app: Flask, story: Story, sold: gift_cards.Seen
) -> None:
    turns = itertools.count()
    sale = Invoice.reason == "gift_card"
    invoice = db.session.scalars(sa.select(Invoice).where(sale)).one()
    shown = [wish(invoice, Terms("unspent", "card")) for _ in range(MANY)]
    db.session.rollback()

    def use() -> None:
        gift_cards.use(
            sold.id,
            amount_cents=5000,
            payment_id=new_id(),
            at=sold.location_id,
            by_account_id=None,
            now=NOW,
        )

    def one() -> bool:
        turn = next(turns)
        try:
            run_txn(use) if turn % 2 else granted(story, shown[turn])
        except Refused:
            return False
        return True

    assert sum(at_once(app, one)) == 1
    assert db.session.scalars(sa.select(GiftCard.balance_cents)).one() == 0
    gone = sa.select(sa.func.count()).where(GiftCardEntry.kind.in_(("used", "voided")))
    assert db.session.scalar(gone) == 1


def test_what_is_unspent_as_it_was_read_would_be_given_back_and_used_as_well(
    app: Flask, story: Story, sold: gift_cards.Seen
) -> None:
    seen = threading.Barrier(MANY)
    sale = sa.select(Invoice).where(Invoice.reason == "gift_card")

    def naive() -> bool:
        cents = quoted(db.session.scalars(sale).one(), Terms("unspent", "card")).refund_cents
        db.session.rollback()
        seen.wait(timeout=30)
        return cents == 5000

    assert sum(at_once(app, naive)) == MANY


def test_a_balance_that_is_read_and_then_written_is_given_to_several(
    app: Flask, sold: gift_cards.Seen
) -> None:
    seen = threading.Barrier(MANY)

    def naive() -> bool:
        query = sa.select(GiftCard.balance_cents).where(GiftCard.id == sold.id)
        enough = (db.session.scalar(query) or 0) >= 5000
        db.session.rollback()
        seen.wait(timeout=30)
        return enough

    assert sum(at_once(app, naive)) == MANY


def test_of_clerks_who_open_the_till_at_once_one_does(app: Flask, story: Story) -> None:
    place = story.place("boi")

    def open_it() -> Any:
        try:
            return run_txn(lambda: till.open_one(place, counted_cents=5000, by=SYSTEM, now=NOW)).id
        except Refused:
            return None

    opened = [one for one in at_once(app, open_it) if one is not None]
    assert len(opened) == 1
    assert db.session.scalars(sa.select(TillSession.opening_cents)).all() == [5000]
