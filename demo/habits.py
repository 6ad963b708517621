"""The kinds of people who come to a studio, and who of them comes when. Pure and repeatable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Literal

from demo.group import MEMBER, STUDIOS

Trouble = Literal["short_of_funds", "card_expired", "gone", "bank_asks", "never_starts"]


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody behaves; `share` is its weight among all.

    `plan` is agreed to with the starter, `later_plan` bought after it. `monthly` are visits
    wanted a month once a plan runs, `stays` the least and most months before they cancel.
    `trouble` befalls their card after one to four months.
    """

    name: str
    share: int
    plan: str | None = None
    later_plan: str | None = None
    starter_visits: int = 3
    monthly: float = 0.0
    stays: tuple[int, int] | None = None
    trouble: Trouble | None = None
    extends: bool = False
    boosts: bool = False
    roams: bool = False
    leaves_the_page: bool = False
    takes_consent_back: bool = False
    drops_in: bool = False


STEADY = Habit("steady, four a month", 18, plan="MAINT-4", monthly=3.0)

HABITS = (
    STEADY,
    Habit("steady, two a month", 18, plan="MAINT-2", monthly=1.8),
    Habit("steady, six a month", 8, plan="MAINT-6", monthly=4.2),
    Habit("twice a week", 8, plan="UNLIMITED", monthly=6.5),
    Habit("pays more than they come", 8, plan="MAINT-4", monthly=1.2),
    Habit("wants a session more", 8, plan="MAINT-4", monthly=3.0, extends=True),
    Habit("has relapses", 10, plan="MAINT-2", monthly=3.0, boosts=True),
    Habit("travels between studios", 8, plan="MAINT-6", monthly=4.0, roams=True),
    Habit("stays for a season", 22, plan="MAINT-4", monthly=3.0, stays=(2, 4)),
    Habit("leaves after a month", 12, plan="MAINT-2", monthly=1.5, stays=(1, 1)),
    Habit("thinks about it first", 10, later_plan="MAINT-2", monthly=1.8),
    Habit("thinks about it, then often", 4, later_plan="UNLIMITED", monthly=6.0),
    Habit("short of funds at times", 10, plan="MAINT-4", monthly=3.0, trouble="short_of_funds"),
    Habit("card runs out", 10, plan="MAINT-2", monthly=2.0, trouble="card_expired"),
    Habit("bank asks", 5, plan="UNLIMITED", monthly=5.5, trouble="bank_asks"),
    Habit("vanishes", 7, plan="MAINT-4", monthly=3.0, trouble="gone"),
    Habit("never starts", 3, plan="MAINT-2", trouble="never_starts"),
    Habit("takes the consent back", 4, plan="MAINT-2", takes_consent_back=True),
    Habit("wanted a starter, no more", 30),
    Habit("came once", 10, starter_visits=1),
    Habit("never came", 8, starter_visits=0),
    Habit("never came, had agreed", 3, plan="MAINT-2", starter_visits=0),
    Habit("left the page", 5, leaves_the_page=True),
    Habit("a session now and then", 10, drops_in=True),
)

_BUSY = {"seattle": 9, "tacoma": 6, "boise": 5}
_FIRST = (
    "Amara Ben Carla Daniel Elena Farid Grace Hiro Imani Jonas Keiko Liam Mei Nadia Owen Priya "
    "Quinn Rosa Samuel Tessa Umar Vera Will Ximena Yusuf Zoe Anders Bianca Callum Dalia Emeka "
    "Freya Gustavo Hana Isaac Jules Kamala Lars Mireille Noor Otis Paloma"
)
_LAST = (
    "Abbott Bergström Castillo Delgado Eriksen Fofana Garber Haddad Iwata Jensen Kaur Larkin "
    "Moreau Nakamura Okafor Petrov Quist Romero Sandoval Tanaka Ueda Vasquez Whitaker Xu Yamada "
    "Zeller Aldana Brandt Cho Duval Engel Fischer Gallo Hsu Idris Joshi Kowal Lindgren"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who joins at a studio on a day, at a minute of it."""

    n: int
    name: str
    email: str
    phone: str | None
    habit: Habit
    slug: str
    joins_on: date
    minute: int
    password: str | None = None


def crowd(*, seed: int, count: int, first: date, last: date) -> Iterator[Person]:
    """`count` people who join from `first` to `last`; a few more each month than before.

    The same arguments give the same people. One of them is who signs in as the member.
    """
    rng = Random(seed)  # noqa: S311 - a story, not a secret
    days = (last - first).days
    # The power makes later days likelier: the group grows.
    joins = sorted(int(days * rng.random() ** 0.45) for _ in range(count))
    for n, offset in enumerate(joins):
        person = _person(rng, n, first + timedelta(days=offset))
        yield _ours(person) if n == count // 3 else person


def _person(rng: Random, n: int, joins_on: date) -> Person:
    # Walked with two steps that share no divisor, so that no name comes twice.
    firsts, lasts = _FIRST.split(), _LAST.split()
    first, last = firsts[n % len(firsts)], lasts[(n * 7 + n // len(firsts)) % len(lasts)]
    address = f"{first}.{last}.{n}".lower().replace("ö", "o")
    return Person(
        n=n,
        name=f"{first} {last}",
        email=f"{address}@mail.example",
        # Numbers that the numbering plan keeps free for stories; there are a hundred.
        phone=f"+1206555{100 + n:04d}" if n < 100 else None,
        habit=rng.choices(HABITS, [habit.share for habit in HABITS])[0],
        slug=rng.choices([studio.slug for studio in STUDIOS], list(_BUSY.values()))[0],
        joins_on=joins_on,
        minute=rng.randrange(11 * 60, 19 * 60),
    )


def _ours(person: Person) -> Person:
    return replace(
        person,
        name=MEMBER.name,
        email=MEMBER.email,
        password=MEMBER.password,
        habit=STEADY,
        slug="seattle",
    )
