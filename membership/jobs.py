"""What a business day does to packs, plans and notices, in order. An edge: it opens transactions.

Each step asks the tables what is due, so a second run, or a late one, finds the rest or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from config.db import run_txn
from locations import places
from membership import accrual, conversions, credits, notices, overdue, pack_endings, plan_offers
from membership.rules.notices import charges_from

BATCH = 500


def work(location_id: UUID, *, on: date, now: datetime) -> Mapping[str, int]:
    """Do a location's business date `on` as of `now`; how many each step moved.

    Notices are planned before any are sent, and proven before a conversion relies on them.
    Conversions wait for 09:00 on the wall, so that the seven days of their notice are whole.
    """
    steps: dict[str, Callable[[], int]] = {
        "locked": lambda: overdue.lock_due(location_id, on=on, now=now),
        "ended": lambda: overdue.end_due(location_id, on=on, now=now),
        "earned": lambda: accrual.earn_time(location_id, on=on, now=now, limit=BATCH),
        "packs_expired": lambda: pack_endings.expire_due(location_id, on=on, now=now, limit=BATCH),
        "credits_expired": lambda: credits.expire_due(location_id, on=on, now=now, limit=BATCH),
        "warned": lambda: pack_endings.window_warnings(location_id, on=on),
        "announced": lambda: conversions.plan_notices(location_id, on=on, now=now),
        "offered": lambda: plan_offers.plan_offers(location_id, on=on),
        "sent": lambda: notices.send_due(location_id, now=now, limit=BATCH),
        "proven": lambda: notices.record_delivery(location_id, now=now),
    }
    if now >= charges_from(on, zone=places.get(location_id).zone):
        steps["converted"] = lambda: conversions.start_due(location_id, on=on, now=now)
    return {name: _until_done(step) if name in _BATCHED else run_txn(step)
            for name, step in steps.items()}  # fmt: skip


_BATCHED = frozenset({"earned", "packs_expired", "credits_expired", "sent"})


def _until_done(step: Callable[[], int]) -> int:
    """Repeat a step that moves a batch per commit, so that a desk never waits for all of them."""
    moved = 0
    while (batch := run_txn(step)) > 0:
        moved += batch
        if batch < BATCH:
            break
    return moved
