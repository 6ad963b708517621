"""What may come to somebody's mind, how likely, and when. Chances are for a whole plan's life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from demo import (
    beginnings,
    counter,
    desk,
    feelings,
    partings,
    purse,
    records,
    rests,
    second_thoughts,
    turns,
)
from demo.life import Life


@dataclass(frozen=True, slots=True)
class Whim:
    """An act that `chance` lets happen, some days after what it follows."""

    chance: float
    days: tuple[int, int]
    act: Callable[[Life], object]


# After a first session with a starter.
OF_STARTERS = (
    Whim(0.30, (1, 2), feelings.agree),
    Whim(0.07, (4, 8), beginnings.enough),
    Whim(0.06, (4, 9), purse.start_sooner),
    Whim(0.02, (1, 3), partings.give_pack_back),
    Whim(0.05, (1, 6), desk.take_note),
    Whim(0.02, (20, 120), records.joins_twice),
)

# After a plan has begun.
OF_PLANS = (
    Whim(0.25, (1, 20), turns.agree_to_less),
    Whim(0.40, (25, 200), rests.rest),
    Whim(0.12, (150, 330), rests.rest),
    Whim(0.07, (20, 250), rests.rest_by_doctor),
    Whim(0.14, (15, 200), turns.more_today),
    Whim(0.12, (15, 200), turns.more_later),
    Whim(0.18, (40, 250), turns.less_later),
    Whim(0.08, (20, 200), turns.move),
    Whim(0.10, (10, 200), desk.give_one),
    Whim(0.10, (10, 100), desk.take_note),
    Whim(0.03, (30, 250), partings.leave_by_law),
    Whim(0.06, (10, 300), counter.give_a_card),
    Whim(0.05, (3, 250), second_thoughts.ask_for_goodwill),
    Whim(0.025, (10, 250), second_thoughts.go_to_the_bank),
)


def come_to(life: Life, whims: tuple[Whim, ...]) -> None:
    """Draw lots, and write into the diary what is to come of them."""
    for whim in whims:
        if life.rng.random() < whim.chance * life.story.eagerness:
            life.later(life.rng.randint(*whim.days), partial(whim.act, life))
