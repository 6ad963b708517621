"""Whatever comes to the mind of the demo's people: each act happens, and leaves the books clean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest

from app import create_app
from config.db import run_txn
from demo import (
    beginnings,
    counter,
    desk,
    feelings,
    group,
    journey,
    partings,
    purse,
    records,
    report,
    rests,
    second_thoughts,
    treasury,
    turns,
    visiting,
    year,
)
from demo.habits import Habit, Person
from demo.life import Life
from demo.story import Story
from demo.world import world

pytestmark = pytest.mark.long

FIRST, LAST = date(2026, 3, 2), date(2026, 4, 6)
BEGINS, UNTIL = datetime(2026, 3, 2, 14, 0, tzinfo=UTC), datetime(2026, 4, 7, 5, 0, tzinfo=UTC)
NOON = 12 * 60
DROPS_IN = Habit("comes for a plan", 1, drops_in=True)
STARTS = Habit("comes for a starter", 1)
AGREES = Habit("comes for a starter and agrees to a plan", 1, plan="MAINT-2")

Act = Callable[[Life], object]


class Lucky(Random):
    """Somebody to whom whatever may happen happens, and as soon as it may."""

    def random(self) -> float:
        return 0.0


class Middling(Random):
    """Somebody to whom only what is likely happens."""

    def random(self) -> float:
        return 0.45


class Steady(Random):
    """Somebody to whom nothing happens that is left to chance."""

    def random(self) -> float:
        return 0.999


@contextmanager
def told(folder: Path) -> Iterator[Story]:
    """A story of five weeks in which nobody comes by themselves, lived when the block ends."""
    with world(create_app, folder=folder, port=0, begins=BEGINS) as here:
        founded = run_txn(lambda: group.found(opened_on=FIRST, now=BEGINS))
        story = Story(here, founded)
        year.run_days(story, first=FIRST, last=LAST, progress=lambda _: None)
        yield story
        story.live(UNTIL)
        for name in ("taper.doctor", "taper.doctor.stripe"):
            findings = here.app.extensions[name].examine()
            assert [(f.code, f.violations) for f in findings if f.violations] == []
        here.stripe.stop()


def somebody(
    story: Story,
    n: int,
    *,
    habit: Habit,
    acts: Mapping[int, Act],
    luck: type[Random] = Steady,
    slug: str = "seattle",
) -> Life:
    """A person who joins on the first day, with acts on some of the days after it."""
    person = Person(n, f"Person {n}", f"p{n}@mail.example", None, habit, slug, FIRST, NOON + n)
    life = Life(story, person, luck(n))
    story.on(FIRST, NOON + n, slug, partial(journey.join, life))
    for day, act in acts.items():
        story.on(FIRST + timedelta(days=day), NOON + n, slug, partial(act, life))
    return life


def holds_a_plan(code: str) -> Act:
    return lambda life: purse.buy_plan(life, code)


def test_every_change_of_a_plan_happens_and_leaves_every_promise_kept(tmp_path: Path) -> None:
    with told(tmp_path) as story:
        lives: list[tuple[type[Random], str, Mapping[int, Act]]] = [
            (Steady, "MAINT-2", {5: turns.more_today, 9: rests.rest}),
            (Lucky, "MAINT-4", {5: rests.rest, 30: desk.give_one}),
            (Steady, "MAINT-2", {4: turns.more_later, 8: turns.move}),
            (Lucky, "MAINT-4", {3: turns.less_later}),
            (Steady, "MAINT-6", {3: turns.agree_to_less, 6: turns.less_later}),
            (Steady, "MAINT-4", {6: rests.rest_by_doctor, 7: desk.take_note}),
            (Steady, "MAINT-2", {2: partings.think_again}),
            (Lucky, "MAINT-4", {9: partings.cancel}),
            (Steady, "MAINT-4", {9: partings.cancel}),
            (Steady, "UNLIMITED", {12: partings.leave_by_law}),
        ]
        for n, (luck, code, acts) in enumerate(lives):
            first = {1: holds_a_plan(code)}
            somebody(story, n, habit=DROPS_IN, acts=first | dict(acts), luck=luck)

    counts = story.counts
    assert {
        "upgrades today": 1, "upgrades at renewal": 1, "downgrades": 2, "changes taken back": 1,
        "moves of home": 1, "agreed to step down": 1, "medical holds granted": 1,
        "cooling-offs": 1, "cancellations": 1, "ended at once": 1, "exits by law granted": 1,
        "sessions for free": 1, "notes on members": 1,
    }.items() <= counts.items()  # fmt: skip
    assert counts["holds"] >= 2
    assert counts["refused by name"] == 0


def test_sales_and_second_thoughts_at_the_desk_leave_every_promise_kept(tmp_path: Path) -> None:
    def one_more(life: Life) -> bool:
        return desk.one_more(life, life.home)

    def booster(life: Life) -> bool:
        return desk.sell_pack(life, "BOOSTER-3")

    twice = {1: holds_a_plan("MAINT-2"), 3: visiting.come, 4: visiting.come, 6: visiting.come}
    with told(tmp_path) as story:
        # To the lucky one each check-in is undone, so no third one is beyond the allowance.
        somebody(story, 1, habit=DROPS_IN, luck=Lucky, acts=twice | {20: booster})
        somebody(story, 2, habit=DROPS_IN, acts=twice | {9: one_more, 12: booster})
        somebody(story, 3, habit=AGREES, acts={5: purse.start_sooner})
        somebody(story, 4, habit=AGREES, acts={5: purse.take_consent_back}, luck=Middling)
        somebody(story, 5, habit=AGREES, acts={5: purse.take_consent_back}, slug="boise")

    counts = story.counts
    assert counts["check-ins undone"] >= 3
    assert counts["extra sessions by card"] == 1
    assert counts["packs by card at the desk"] == 1
    assert counts["payments by phone at the desk"] == 1
    assert counts["BOOSTER-3"] == 2
    assert counts["plans started sooner"] == 1
    assert counts["plans declined by a click"] == 1
    assert counts["consents taken back"] == 1
    assert dict(story.refusals) == {}


def test_turns_of_an_intensive_phase_and_a_second_record_leave_every_promise_kept(
    tmp_path: Path,
) -> None:
    with told(tmp_path) as story:
        for n, acts in enumerate(
            (
                {8: beginnings.enough},
                {4: feelings.agree, 25: beginnings.once_more},
                {2: partings.give_pack_back},
                {3: records.joins_twice},
            )
        ):
            somebody(story, n, habit=STARTS, acts=acts, slug="tacoma")

    counts = story.counts
    assert counts["enough for now"] == 1
    assert counts["gauge consents"] == 1
    assert counts["starters allowed again"] == counts["STARTER-3"] == 1
    assert counts["packs given back"] == 1
    assert counts["records merged"] == 1
    assert counts["refused by name"] == 0


def test_money_at_the_counter_and_what_goes_back_leave_every_promise_kept(tmp_path: Path) -> None:
    def pack(life: Life) -> bool:
        return counter.sell_pack(life, "BOOSTER-3")

    with told(tmp_path) as story:
        treasury.keep_the_books(story, first=FIRST, last=LAST)
        plan = {1: holds_a_plan("MAINT-2")}
        somebody(story, 1, habit=DROPS_IN, acts=plan | {5: pack}, luck=Lucky)
        somebody(story, 2, habit=DROPS_IN, acts=plan | {5: pack})
        somebody(story, 3, habit=DROPS_IN, acts=plan | {3: counter.give_a_card}, luck=Lucky)
        somebody(story, 4, habit=DROPS_IN, acts=plan | {6: second_thoughts.ask_for_goodwill})
        somebody(story, 5, habit=DROPS_IN, acts=plan | {4: second_thoughts.go_to_the_bank})

    counts = story.counts
    assert {
        "packs paid by cash": 1, "packs paid by terminal": 1, "gift cards bought": 1,
        "goodwill refunds": 1, "disputes opened": 1, "promotions": 1, "months locked": 1,
    }.items() <= counts.items()  # fmt: skip
    assert counts["tills counted"] >= 2


def test_whatever_is_counted_is_told_in_a_few_lines_and_nothing_twice() -> None:
    told_of = report.areas({"visits": 3, "something else": 1, "parked": 0})

    everything = [what for whats in told_of.values() for what in whats]
    assert len(everything) == len(set(everything))
    assert told_of["Beside"] == ("parked", "something else")
    assert len(told_of) <= 12
