"""What a business day does to packs, plans and notices, in order. An edge: it opens transactions.

Each step asks the tables what is due, so a second run, or a late one, finds the rest or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from config.db import run_txn
from locations import places
from membership import agenda
from membership.changes import change_effects
from membership.credits import accrual, credit_endings, rollover
from membership.journey import conversion_notices, conversions, plan_offers, step_downs, tiers
from membership.notices import notices
from membership.packs import pack_endings
from membership.people import homes_begun
from membership.plans import overdue
from membership.price_rises import raising
from membership.rules.notices import charges_from

BATCH = 500
_TELLING = ("warned", "announced", "offered", "reviewed", "boosted", "stepping", "raising")


def work(location_id: UUID, *, on: date, now: datetime) -> Mapping[str, int]:
    """Do a location's business date `on` as of `now`; how many each step moved.

    Notices are planned before any are sent, and proven before a conversion relies on them.
    Conversions wait for 09:00 on the wall, so that the seven days of their notice are whole.
    """
    idle = agenda.endings_idle(location_id, on=on)
    moved = _together(
        {
            "locked": lambda: overdue.lock_due(location_id, on=on, now=now),
            "ended": lambda: overdue.end_due(location_id, on=on, now=now),
        },
        idle,
    )
    for name, step in _endings(location_id, on, now).items():
        moved[name] = 0 if name in idle else _until_done(step)
    idle = agenda.letters_idle(location_id, on=on, now=now)
    moved |= _together(
        {
            "warned": lambda: pack_endings.window_warnings(location_id, on=on),
            "announced": lambda: conversion_notices.plan_notices(location_id, on=on, now=now),
            "offered": lambda: plan_offers.plan_offers(location_id, on=on),
            "reviewed": lambda: tiers.review(location_id, on=on, now=now),
            "boosted": lambda: tiers.after_boosters(location_id, on=on),
            "stepping": lambda: step_downs.follow(location_id, on=on, now=now),
        },
        idle,
    )
    moved["raising"] = 0
    if "raising" not in idle:
        moved["raising"] = _until_done(
            lambda: raising.follow(location_id, on=on, now=now, limit=BATCH)
        )
    if any(moved[name] for name in _TELLING):
        idle -= {"sent"}
    if "sent" not in idle:
        moved["sent"] = _until_done(lambda: notices.send_due(location_id, now=now, limit=BATCH))
    moved |= _together(
        {
            "proven": lambda: notices.record_delivery(location_id, now=now),
            "converted": lambda: conversions.start_due(location_id, on=on, now=now),
        },
        idle
        if now >= charges_from(on, zone=places.get(location_id).zone)
        else idle | {"converted"},
    )
    return moved


def _together(steps: Mapping[str, Callable[[], int]], idle: frozenset[str]) -> dict[str, int]:
    """Steps that move little share a commit; those that would find nothing are left out."""
    busy = {name: step for name, step in steps.items() if name not in idle}
    found = run_txn(lambda: {name: step() for name, step in busy.items()}) if busy else {}
    return dict.fromkeys(steps, 0) | found


def _endings(location_id: UUID, on: date, now: datetime) -> Mapping[str, Callable[[], int]]:
    """What may move thousands in a day, a batch per commit."""
    return {
        "earned": lambda: accrual.earn_time(location_id, on=on, now=now, limit=BATCH),
        "packs_expired": lambda: pack_endings.expire_due(location_id, on=on, now=now, limit=BATCH),
        "credits_expired": lambda: credit_endings.expire_due(
            location_id, on=on, now=now, limit=BATCH
        ),
        # After holds have shifted their periods, before the run of the day issues new ones.
        "rolled_over": lambda: rollover.roll_due(location_id, on=on, now=now, limit=BATCH),
        "moved_home": lambda: homes_begun.homes_begin(location_id, on=on, now=now),
        "changes_dropped": lambda: change_effects.drop_ended(location_id, now=now),
    }


def _until_done(step: Callable[[], int]) -> int:
    """Repeat a step that moves a batch per commit, so that a desk never waits for all of them."""
    moved = 0
    while (batch := run_txn(step)) > 0:
        moved += batch
        if batch < BATCH:
            break
    return moved
