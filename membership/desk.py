"""The front desk: find somebody, see the light, check in with Enter, take it back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config import clock
from config.db import run_txn
from config.errors import NotFound, Refused
from config.fields import Id, SafeStr, Slug
from config.inputs import Input, read_form
from config.problems import wants_problem_document
from locations import guard, places
from locations.models import Location
from membership.front_desk.desk_rows import FoundRow, VisitRow, found_row, visit_row
from membership.people import member_search
from membership.visits import undoing, visit_rows, visits

MOST_FOUND = 12

blueprint = Blueprint("desk", __name__, url_prefix="/desk")


class Look(Input):
    """Whom to look for, and at which studio."""

    location = Slug()
    q = SafeStr(most=120)


class CheckIn(Input):
    """A press of the button; `q` is how the member was found, which lets guests in."""

    member_id = Id(required=True)
    location = Slug(required=True)
    request_key = SafeStr(most=64, required=True)
    q = SafeStr(most=120)


class AtPlace(Input):
    """The studio whose page it was."""

    location = Slug(required=True)


@blueprint.get("", endpoint="home")
@guard.staff("check_in", at="any")
def home_page() -> str:
    """Search and today's list; while somebody types, only the list of those found."""
    asked = read_form(Look, request.args)
    mine = guard.places_for("check_in")
    place = _place(asked.get("location"), mine)
    if request.headers.get("HX-Request"):
        found, q = _found(asked.get("q"), place), asked.get("q", "")
        return render_template("desk/_results.html", place=place, q=q, found=found)
    return render_template(
        "desk/home.html",
        place=place,
        places=mine,
        q=asked.get("q", ""),
        found=_found(asked.get("q"), place),
        visits=_visits(place),
        zone=place.zone,
    )


@blueprint.post("/visits")
@guard.staff("check_in", at="any")
def check_in() -> Answer:
    """Check in: once, however often this page's button is pressed."""
    given = read_form(CheckIn, request.form)
    place = _place(given["location"], guard.places_for("check_in"))
    member = member_search.seen_from(
        given["member_id"],
        key=given.get("q", ""),
        location_ids=[place.id],
        jurisdiction=place.jurisdiction,
        on=_today(place),
    )
    account, now = guard.current_account(), clock.now()
    try:
        run_txn(
            lambda: visits.check_in(
                member.member_id,
                location_id=place.id,
                by_account_id=account.id,
                request_key=given["request_key"],
                now=now,
            )
        )
    except Refused as refused:
        return _refused(place, given.get("q"), refused)
    flash(f"{member.name} is checked in.", "success")
    return redirect(address_of("desk.home", location=place.slug), 303)


@blueprint.post("/visits/<uuid:visit_id>/undo")
@guard.staff("check_in", at="any")
def undo(visit_id: UUID) -> Answer:
    """Take a check-in of this desk's studio back."""
    given = read_form(AtPlace, request.form)
    place = _place(given["location"], guard.places_for("check_in"))
    if visit_rows.get(visit_id).location_id != place.id:
        raise NotFound("visit")
    account, now = guard.current_account(), clock.now()
    try:
        run_txn(lambda: undoing.undo(visit_id, by_account_id=account.id, now=now))
    except Refused as refused:
        return _refused(place, None, refused)
    flash("The check-in is taken back.", "success")
    return redirect(address_of("desk.home", location=place.slug), 303)


def _refused(place: Location, q: str | None, error: Refused) -> Answer:
    """Back to the search as it was, with the reason; a reload sends nothing twice."""
    if wants_problem_document():
        raise error
    flash(error.message, "error")
    return redirect(address_of("desk.home", location=place.slug, q=q), 303)


def _place(slug: str | None, mine: list[Location]) -> Location:
    """The studio asked for, else the first one; one that is not mine is missing."""
    for place in mine:
        if slug is None or place.slug == slug:
            return place
    raise NotFound("location")


def _today(place: Location) -> date:
    return places.business_date(place, clock.now())


def _found(q: str | None, place: Location) -> list[FoundRow] | None:
    """Those found with their lights, in a fixed number of queries; none before a search."""
    if q is None:
        return None
    on = _today(place)
    found = member_search.search(
        q, location_ids=[place.id], jurisdiction=place.jurisdiction, on=on, limit=MOST_FOUND
    )
    if not found:
        return []
    seen = visits.previews([one.member_id for one in found], location_id=place.id, on=on)
    return [found_row(one, seen[one.member_id]) for one in found]


def _visits(place: Location) -> list[VisitRow]:
    now = clock.now()
    listed = visits.today(place.id, places.business_date(place, now))
    return [visit_row(one, now=now) for one in listed]
