"""A studio closes: announced by its owner, and on the day its plans end with money back. An edge.

What still waits there afterwards (refunds, open invoices, sessions used elsewhere) goes on.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from billing.gateway import Gateway
from billing.leaving import exits
from config import clock
from config.audit import SYSTEM, Actor
from config.db import run_txn
from config.errors import Unavailable
from locations import places
from locations.models import Location
from membership.endings import closings


def announce(location_id: UUID, *, closes_on: date, by: Actor) -> int:
    """Write the day down and tell every member whose plan it ends; how many were told."""

    def work() -> int:
        now = clock.now()
        on = places.business_date(places.get(location_id), now)
        location = places.announce_closing(location_id, closes_on=closes_on, on=on)
        return closings.tell(location, now=now, by=by)

    return run_txn(work)


def close_due(location: Location, *, on: date, gateway: Gateway) -> int:
    """From the day on: plans billed here end, and packs that are good nowhere else; how many.

    Who moves to another studio keeps what is paid until then. Nothing is renewed here. One whose
    payment is being made just now is left to the next turn.
    """
    if location.closes_on is None or location.closes_on > on:
        return 0
    ended = 0
    for membership_id in closings.staying(location.id):
        try:
            exits.leave_plan(membership_id, "statutory_exit", on=on, by=SYSTEM, gateway=gateway)
        except Unavailable:
            continue
        ended += 1
    for pack_id in closings.bound_packs(location.id):
        exits.leave_pack(pack_id, "statutory_exit", on=on, by=SYSTEM)
        ended += 1
    return ended
