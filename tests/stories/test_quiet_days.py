"""A day's work passes over what has nothing to do, and over nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.leaving import endings
from billing.recovery import retries
from config.db import run_txn
from membership.credits import accrual, credit_endings
from membership.journey import conversion_notices, conversions, plan_offers
from membership.notices import notices
from membership.packs import pack_endings
from membership.plans import overdue
from tests.support.story import Story

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_in_six_weeks_no_step_of_a_day_finds_what_the_day_passed_over(story: Story) -> None:
    for name, pack, plan in (
        ("Ana Mora", "STARTER-3", "MAINT-2"),
        ("Ben Ito", "STARTER-3", None),
        ("Cleo Diaz", "UNLIMITED", None),
        ("Dov Levi", "STARTER-3", "MAINT-4"),
    ):
        who = story.join(name, pack, agrees_to=plan)
        if name == "Dov Levi":
            story.bank_says(who, *[{"outcome": "insufficient_funds"}] * 9)
        story.come(who)
    for _ in range(45):
        story.live(f"{story.today('sea') + timedelta(days=1)} 09:30")
        story.work("sea")
        assert _left_over(story) == {}, story.today("sea")


def _left_over(story: Story) -> dict[str, int]:
    sea, on, now = story.place("sea"), story.today("sea"), story.clock.now()
    steps = {
        "locked": lambda: overdue.lock_due(sea.id, on=on, now=now),
        "ended": lambda: overdue.end_due(sea.id, on=on, now=now),
        "earned": lambda: accrual.earn_time(sea.id, on=on, now=now),
        "packs expired": lambda: pack_endings.expire_due(sea.id, on=on, now=now, limit=9),
        "credits expired": lambda: credit_endings.expire_due(sea.id, on=on, now=now, limit=9),
        "announced": lambda: conversion_notices.plan_notices(sea.id, on=on, now=now),
        "offered": lambda: plan_offers.plan_offers(sea.id, on=on),
        "sent": lambda: notices.send_due(sea.id, now=now),
        "converted": lambda: conversions.start_due(sea.id, on=on, now=now),
        "tried again": lambda: retries.open_due_tries(sea, on=on, now=now),
        "lapsing": lambda: len(overdue.lapsing(sea.id, on=on, limit=9)),
        "abandoned": lambda: len(overdue.abandoned(sea.id, on=on, limit=9)),
    }
    moved = {name: run_txn(step) for name, step in steps.items()}
    moved["written off"] = endings.write_off_due(sea, on=on)
    return {name: count for name, count in moved.items() if count}
