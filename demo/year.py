"""Fourteen months, day by day: the studios' own work at its hour, and everybody's life between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from billing import day
from billing.payments import collect, janitor
from billing.reconciling import reconciling
from billing.refunds import refund_sends
from config import audit, mail_delivery
from config.calendar import add_months, local_date
from config.db import run_txn
from demo import journey, office, treasury
from demo.group import STUDIOS, Group
from demo.habits import crowd
from demo.life import Life
from demo.story import Story
from demo.world import World

MONTHS = 14
PEOPLE = 300
SEED = 20
# Past nine on every wall, so that renewals, first charges and retries are all open.
MORNING, EVENING = 9 * 60 + 5, 20 * 60 + 30
WALL = STUDIOS[0].slug
MAIL = 2_000
MAIL_BATCH = 100

Progress = Callable[[date], None]


def first_day(last: date, *, months: int) -> date:
    """The day the group opens, so many months before a day."""
    return add_months(last, -months, anchor_day=last.day)


def live(
    world: World,
    group: Group,
    *,
    first: date,
    until: datetime,
    people: int = PEOPLE,
    seed: int = SEED,
    eagerness: float = 1.0,
    progress: Progress,
) -> Story:
    """Live from the day `first` to the instant `until`; the same seed is the same story.

    `eagerness` makes changes of mind likelier: few people in a short time then do much.
    """
    story = Story(world, group, eagerness)
    last = local_date(until, STUDIOS[0].zone)
    run_days(story, first=first, last=last, progress=progress)
    office.plan_the_year(story, first=first, last=last)
    treasury.keep_the_books(story, first=first, last=last)
    for person in crowd(seed=seed, count=people, first=first, last=last):
        life = Life(story, person, Random(f"{seed}:{person.n}"))  # noqa: S311 - luck, not a secret
        story.on(person.joins_on, person.minute, person.slug, partial(journey.join, life))
    story.live(until)
    _work(story)
    _post(story)
    reconciling.work()
    return story


def run_days(story: Story, *, first: date, last: date, progress: Progress) -> None:
    """Write down what the studios' own clock does on each day."""
    for offset in range((last - first).days + 1):
        today = first + timedelta(days=offset)
        story.on(today, MORNING, WALL, partial(_morning, story, today, progress))
        story.on(today, EVENING, WALL, partial(_evening, story, today))


def _morning(story: Story, today: date, progress: Progress) -> None:
    progress(today)
    _work(story)


def _evening(story: Story, today: date) -> None:
    _post(story)
    refund_sends.work()
    janitor.look()
    if today.weekday() == 6:
        reconciling.work()
        run_txn(audit.seal)


def _work(story: Story) -> None:
    """What the timetable asks for in the morning: the studios' days, and what is ready."""
    story.world.meet()
    for place in story.group.studios.values():
        done = day.work(place.id)
        story.counts["parked"] += sum(run.parked for run in done.runs)
    collect.collect_ready()


def _post(story: Story) -> None:
    story.counts["letters"] += story.world.letters().total()
    story.counts["mails"] += mail_delivery.deliver_due(story.world.now, MAIL, batch=MAIL_BATCH)
