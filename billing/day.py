"""A studio's business day: everything that time alone makes happen there, in order. An edge.

What is due is a query, never a tick: called once or a hundred times, today or after days of
downtime, it does what is left to do, oldest date first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import current_app

from billing import agenda
from billing.cards import card_expiry
from billing.holds import holding
from billing.leaving import closing, endings, exits
from billing.payments import collect
from billing.recovery import retries
from billing.runs import run
from billing.runs.run import RunReport
from config import clock
from config.db import run_txn
from config.settings import Settings
from locations import business_days, places
from locations.models import Location
from membership import jobs


@dataclass(frozen=True, slots=True)
class DayWork:
    """What a call did: the dates it worked, and whether a person must look at the clock."""

    days: tuple[date, ...]
    held: bool
    runs: tuple[RunReport, ...]


def work(location_id: UUID) -> DayWork:
    """Do what is due at a location: missed dates oldest first, then today."""
    location = places.get(location_id)
    settings: Settings = current_app.extensions["taper.settings"]
    due = run_txn(
        lambda: business_days.days_due(
            location, now=clock.now(), max_jump_days=settings.catch_up_days
        )
    )
    if due.held:
        return DayWork((), True, ())
    return DayWork(due.days, False, tuple(_one_day(location, on) for on in due.days))


def _one_day(location: Location, on: date) -> RunReport:
    """Claims end before credits expire, so that what is taken back is what is still deferred.

    Holds come first of all: what they move later is then not due, over or expired.
    """
    holding.day(location, on=on)
    idle = agenda.claims_idle(location.id, on=on)
    if not idle >= {"lapsed", "abandoned"}:
        endings.lapse_due(location, on=on, gateway=collect.collecting().gateway)
    if "ended" not in idle:
        exits.end_due(location, on=on)
    closing.close_due(location, on=on, gateway=collect.collecting().gateway)
    if "written_off" not in idle:
        endings.write_off_due(location, on=on)
    jobs.work(location.id, on=on, now=clock.now())
    ending = card_expiry.due(location, on=on, now=clock.now())
    if ending:
        run_txn(lambda: card_expiry.tell(location, ending, now=clock.now()))
    if "tried_again" not in idle:
        run_txn(lambda: retries.open_due_tries(location, on=on, now=clock.now()))
    report = run.bill(location, on=on)
    run_txn(lambda: business_days.reached(location.id, on))
    return report
