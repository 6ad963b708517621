"""What is to happen when: a diary that everybody writes into, read in the order of time."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from config.calendar import day_bounds
from demo.group import Group
from demo.world import World

Act = Callable[[], object]


@dataclass
class Story:
    """The world, the group in it, the diary, and how often what has happened.

    Whims are `eagerness` times as likely as usual; `refusals` count what was asked for in vain,
    with the name of the refusal.
    """

    world: World
    group: Group
    eagerness: float = 1.0
    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    _diary: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)

    def at(self, instant: datetime, act: Act) -> None:
        """Write an act down; of two at the same instant the one written first comes first."""
        heapq.heappush(self._diary, (instant, next(self._order), act))

    def on(self, day: date, minute: int, slug: str, act: Act) -> None:
        """Write an act down for a minute of a studio's day."""
        begins, _ = day_bounds(day, self.group.studios[slug].zone)
        self.at(begins + timedelta(minutes=minute), act)

    def live(self, until: datetime) -> None:
        """Let everything happen that was written down for before `until`, in order."""
        while self._diary and self._diary[0][0] < until:
            instant, _, act = heapq.heappop(self._diary)
            self.world.go(instant)
            act()
        self.world.go(until)
