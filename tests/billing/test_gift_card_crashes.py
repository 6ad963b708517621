"""A gift card bought online, with the process dying at every side effect of it in turn.

What dies is an exception that nothing catches, at each write, each commit and each request to
Stripe; what it had not committed is gone with it. Then the member tries again, or the letter and
the page return come again, and there is one card, paid once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from billing.gateway import Gateway
from billing.gift_cards import gift_cards, gift_checkout
from billing.models import GiftCard, GiftCardEntry, Payment
from billing.payments import hosted
from config import clock as time_of
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from stripe_sandbox.launch import Running
from tests.support import studio as reference
from tests.support.story import Person, Story
from tests.support.story_facts import complaints, letters, taken

CENTS = 7500
KNOWN_POINTS = 30
CALLS = ("create_session", "retrieve_session", "expire_session")


class Killed(BaseException):
    """The process is gone."""


class Points:
    """Counts side effects; the one at `die_at` is the last."""

    def __init__(self, die_at: int | None) -> None:
        self.seen = 0
        self._die_at = die_at

    def reach(self) -> None:
        """One more; dies here if it is the one."""
        self.seen += 1
        if self.seen == self._die_at:
            raise Killed


@contextmanager
def watched(gateway: Gateway, die_at: int | None) -> Iterator[Points]:
    """Every write, every commit and every call to Stripe is a point, before and after."""
    points = Points(die_at)

    def before(*args: Any) -> None:
        if str(args[2]).lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            points.reach()

    def commits(_connection: Any) -> None:
        points.reach()

    event.listen(db.engine, "before_cursor_execute", before)
    event.listen(db.engine, "commit", commits)
    real = {name: getattr(gateway, name) for name in CALLS}
    for name, call in real.items():
        setattr(gateway, name, _around(call, points))
    try:
        yield points
    finally:
        for name in real:
            delattr(gateway, name)
        event.remove(db.engine, "before_cursor_execute", before)
        event.remove(db.engine, "commit", commits)


def _around(call: Callable[..., Any], points: Points) -> Callable[..., Any]:
    def around(*args: Any, **more: Any) -> Any:
        points.reach()
        done = call(*args, **more)
        points.reach()  # it took effect, and nobody here knows
        return done

    return around


@pytest.fixture
def told(
    app: Flask,
    clock: SimulatedClock,
    leases: ManualLeaseClock,
    stripe: Running,
    gateway: Gateway,
) -> tuple[Story, Person]:
    """Ana of Boise, who has been there once."""
    story = Story(app, clock, leases, stripe, gateway, reference.build())
    story.go("2027-03-01 10:00", "boi")
    return story, story.join("Ana Mora", "DROP-IN", at="boi")


def page_of(story: Story, who: Person) -> str:
    return gift_checkout.sell(
        member_id=who.member_id,
        place=story.place("boi"),
        amount_cents=CENTS,
        recipient_name="Ben",
        recipient_email="ben@example.com",
        gateway=story.gateway,
        now=time_of.now(),
    )


def killed(work: Callable[[], Any]) -> bool:
    """Whether it died on its way."""
    try:
        work()
    except Killed:
        db.session.rollback()
        return True
    return False


def buy(story: Story, who: Person, die_at: int | None) -> int:
    """Buy a card, die once, go on as a member and the jobs would; how many points there were."""
    pages: list[str] = []
    with watched(story.gateway, die_at) as points:
        if killed(lambda: pages.append(page_of(story, who))):
            pages.append(page_of(story, who))
        story.stripe.control(
            "POST", f"checkout/{pages[-1].rpartition('/')[2]}/pay", {"token": "pm_card_visa"}
        )
        session_id = pages[-1].rpartition("/")[2]

        def finish() -> None:
            hosted.finish(session_id, gateway=story.gateway, now=time_of.now())

        for _ in ("the page return", "the letter"):
            if killed(finish):
                finish()
    return points.seen


def test_a_card_bought_online_is_one_card_wherever_the_process_died(
    told: tuple[Story, Person],
) -> None:
    story, ana = told
    points = buy(story, ana, None)
    assert points >= KNOWN_POINTS, "a flow without side effects would always be sound"
    for n, die_at in enumerate(range(1, points + 1, 3), start=2):
        buy(story, ana, die_at)
        active = db.session.scalars(sa.select(GiftCard).where(GiftCard.state == "active")).all()
        assert len(active) == n, f"died at {die_at}"
        assert taken(story) == [5830, *[CENTS] * n], f"died at {die_at}"
    sold = sa.select(GiftCardEntry).where(GiftCardEntry.kind == "sold")
    assert [one.amount_cents for one in db.session.scalars(sold)] == [CENTS] * n
    paid = sa.select(Payment.amount_cents).where(Payment.amount_cents == CENTS)
    assert len(db.session.scalars(paid).all()) == n
    assert letters(ana, "gift_card") == []  # they went to Ben
    for card in active:
        seen = gift_cards.find(gift_cards.code_of(card.id))
        assert seen is not None
        assert seen.balance_cents == CENTS
    assert complaints(story) == []
