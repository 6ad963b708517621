"""What the office does with money over a year: a code to begin with, and months that close."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from billing.sales import promo_list
from billing.sales.promo_list import NewCode
from config.calendar import add_months, month_of
from config.db import run_txn
from config.errors import Refused
from demo.story import Story
from locations import closing_books

CODE, OFF_CENTS, MOST_USES = "WELCOME", 1_500, 120
CLOSES_ON = 6
_OFFICE = 16 * 60


def keep_the_books(story: Story, *, first: date, last: date) -> None:
    """Write down when the code is made, and when each month but the running one is locked."""
    at = next(iter(story.group.studios))
    story.on(first, _OFFICE, at, partial(_welcome, story, first, last))
    month = month_of(first)
    while (closes := add_months(month, 1, anchor_day=1) + timedelta(days=CLOSES_ON - 1)) <= last:
        story.on(closes, _OFFICE, at, partial(_lock, story, month))
        month = add_months(month, 1, anchor_day=1)


def _welcome(story: Story, first: date, last: date) -> None:
    """Something off a first starter, for everybody who has heard of it."""
    new = NewCode(
        code=CODE,
        name="Welcome to the cold",
        amount_cents=OFF_CENTS,
        percent_ppm=None,
        currency="USD",
        periods=1,
        scope="packs",
        products=["STARTER-3"],
        group_name=None,
        group=[],
        location_id=None,
        valid_from=first,
        valid_until=last,
        max_uses=MOST_USES,
    )
    by, now = story.group.staff["owner"], story.world.now
    run_txn(lambda: promo_list.create(new, by=by, now=now))
    story.counts["promotions"] += 1


def _lock(story: Story, month: date) -> None:
    by, now = story.group.staff["owner"], story.world.now
    try:
        run_txn(lambda: closing_books.lock(month, by=by, now=now))
    except Refused as refused:
        story.refusals["month locked", refused.code] += 1
    else:
        story.counts["months locked"] += 1
