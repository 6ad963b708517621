"""Billing runs: what the next one would do, what the last ones did, and the proof of each."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from billing.manager.blueprint import actor, blueprint
from billing.runs import parked_gifts, parked_list, proofs, rehearsals, run_shown
from config import clock
from config.db import run_txn, snapshot
from config.errors import Refused, invalid_field
from config.fields import SafeStr
from config.formats import day
from config.inputs import Input, read_form
from config.queue import current_queue
from locations import business_days, guard, places
from locations.models import Location
from locations.months_asked import one_of_mine

SEE, REHEARSE, UNPARK, RUN = "see_runs", "rehearse_billing", "unpark", "run_billing"
FURTHEST = timedelta(days=366)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Given(Input):
    """Why a period is given."""

    reason = SafeStr(most=200, least=3, required=True)


@blueprint.get("/manage/runs")
@guard.staff(SEE, at="any")
def run_list() -> str:
    """The newest runs, where the next can be rehearsed, and studios that wait for a person."""
    mine = {place.id for place in guard.places_for(SEE)}
    with snapshot():
        runs = proofs.newest(list(mine))
        waiting = [place for place in business_days.held_ones() if place.id in mine]
    return render_template(
        "manage/runs.html",
        runs=runs,
        waiting=waiting,
        rehearse_url=url_for(".rehearsal") if guard.reach_of(REHEARSE) else None,
        parked_url=url_for(".parked") if guard.reach_of(UNPARK) else None,
        run_url=url_for(".run_now") if guard.reach_of(RUN) else None,
        json_url=url_for(".runs_json"),
    )


@blueprint.get("/manage/runs.json")
@guard.staff(SEE, at="any")
def runs_json() -> Answer:
    """The same for a machine, each with its proof; amounts in minor units."""
    with snapshot():
        runs = proofs.newest([place.id for place in guard.places_for(SEE)])
        return jsonify([run_shown.as_json(run, proofs.of(run)) for run in runs])


@blueprint.get("/manage/runs/<uuid:run_id>")
@guard.staff(SEE, at="any")
def run_page(run_id: UUID) -> str:
    """One run: how far it is, and its proof."""
    with snapshot():
        run = proofs.one(run_id)
        guard.require(SEE, run.location_id)
        proof, progress = proofs.of(run), proofs.progress(run)
    return render_template("manage/run.html", run=run, proof=proof, progress=progress)


@blueprint.post("/manage/runs/now")
@guard.staff(RUN, at="group")
def run_now() -> Answer:
    """Ask for the day's work of every studio now; what was done already is not done again."""
    for place in places.open_ones():
        current_queue().defer("day", lock=f"day:{place.id}", location_id=place.id)
    flash("The studios' runs were asked for. What they did is listed here in a moment.")
    return redirect(url_for(".run_list"), 303)


@blueprint.get("/manage/rehearsal")
@guard.staff(REHEARSE, at="any")
def rehearsal() -> str:
    """What a day would bill at each of my studios; writes nothing."""
    mine = guard.places_for(REHEARSE)
    slug = request.args.get("location", "")
    chosen = [one_of_mine(slug, mine)] if slug else mine
    on = _day_asked(chosen)
    with snapshot():
        rehearsed = [_rehearsed(place, on) for place in chosen]
    return render_template(
        "manage/rehearsal.html", on=on, rehearsed=rehearsed, places=mine, slug=slug
    )


@blueprint.get("/manage/parked")
@guard.staff(UNPARK, at="any")
def parked() -> str:
    """Who and what is held back, why, and the way out."""
    held = parked_list.waiting([place.id for place in guard.places_for(UNPARK)])
    return render_template("manage/parked.html", held=held)


@blueprint.post("/manage/parked/<uuid:parked_id>")
@guard.staff(UNPARK, at="any")
def release(parked_id: UUID) -> Answer:
    """Let the next run have it again, once a person has looked."""
    guard.require(UNPARK, parked_list.location_of(parked_id))
    by, now = actor(), clock.now()
    run_txn(lambda: parked_list.release(parked_id, by=by, now=now))
    flash("Released: the next run has it again.", "success")
    return redirect(url_for(".parked"), 303)


@blueprint.post("/manage/parked/<uuid:parked_id>/give")
@guard.staff(UNPARK, at="any")
def give_period(parked_id: UUID) -> Answer:
    """Bill nobody for the period that is held back, for a reason; the next run goes on."""
    guard.require(UNPARK, parked_list.location_of(parked_id))
    given = read_form(Given, request.form)
    by, now, grants = actor(), clock.now(), guard.current_grants()
    try:
        done = run_txn(
            lambda: parked_gifts.give(
                parked_id, reason=given["reason"], grants=grants, by=by, now=now
            )
        )
    except Refused as refused:
        flash(refused.message, "error")
    else:
        flash(f"Nothing is billed from {day(done.start)} up to {day(done.end)}.", "success")
    return redirect(url_for(".parked"), 303)


def _rehearsed(place: Location, on: date) -> dict[str, Any]:
    found = rehearsals.rehearse(place, on=on)
    return run_shown.rehearsed(place, found, rehearsals.a_month_before(place, found))


def _day_asked(chosen: list[Location]) -> date:
    """The date of the address; without one, the first studio's tomorrow."""
    now = clock.now()
    today = max((places.business_date(place, now) for place in chosen), default=now.date())
    text = request.args.get("on", "")
    if not text:
        return today + timedelta(days=1)
    try:
        on = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        on = None
    if on is None or not today - FURTHEST <= on <= today + FURTHEST:
        raise invalid_field("/on", "Write a date like 2027-01-31, at most a year away.")
    return on
