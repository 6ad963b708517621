"""The studio's drawer: open it with a count, cash in and out, close it with a count."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from billing.desk import paying
from billing.desk.blueprint import actor, blueprint
from billing.rules.till import Count
from billing.tenders import till, till_flow, till_moves, till_report
from config import clock
from config.db import run_txn
from config.errors import Invalid, NotFound, Refused
from config.fields import Id, SafeStr, Slug
from config.formats import money
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, places, tables
from locations.models import Location
from locations.rules.till import Move
from membership.catalogue.group_fields import Amount

FORM = "desk/till.html"
_MOVES: dict[str, Move] = {"paid_in": "paid_in", "paid_out": "paid_out", "deposit": "deposit"}


class At(Input):
    """The studio whose drawer it is."""

    location = Slug()


class Opened(Input):
    """What is in the drawer."""

    location = Slug(required=True)
    counted = Amount(required=True)


class Moved(Input):
    """Cash that comes or goes, and why."""

    location = Slug(required=True)
    kind = SafeStr(required=True, most=8)
    amount = Amount(required=True)
    reason = SafeStr(required=True, most=200)
    key = Id(required=True)


class Total(Amount):
    """An amount that is below nothing where a terminal gave back more than it took."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        below = isinstance(value, str) and value.startswith("-")
        amount = super()._deserialize(value[1:] if below else value, attr, data, **kwargs)
        return -amount if below else amount


class Closed(Input):
    """What is in the drawer, and what the terminal says that it took."""

    location = Slug(required=True)
    counted = Amount(required=True)
    slips = Total(required=True)
    note = SafeStr(most=200)


@blueprint.get("/till")
@guard.staff("take_cash", at="any")
def drawer() -> str:
    """What should be in it, and the day so far."""
    place = _place(read_form(At, request.args).get("location"))
    return render_template(FORM, form=fresh_form(), **_context(place))


@blueprint.post("/till/open")
@guard.staff("take_cash", at="any")
def open_drawer() -> Response:
    """Open it with a count."""
    place = _posted()
    try:
        given = read_form(Opened, request.form)
        cents, by, now = paying.amount(given["counted"], place, "counted"), actor(), clock.now()
        run_txn(lambda: till.open_one(place, counted_cents=cents, by=by, now=now))
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, **_context(place))
    flash("The till is open.", "success")
    return _back(place)


@blueprint.post("/till/move")
@guard.staff("take_cash", at="any")
def move_cash() -> Response:
    """Cash in, out, or to the bank."""
    place = _posted()
    try:
        given = read_form(Moved, request.form)
        kind = _MOVES.get(given["kind"])
        if kind is None:
            raise NotFound("way")
        cents, by, now = paying.amount(given["amount"], place, "amount"), actor(), clock.now()
        if cents <= 0:
            raise Refused("nothing_moved", "Give an amount.")
        why, key = given["reason"], given["key"]
        run_txn(lambda: till_moves.move(place, kind, cents, reason=why, key=key, by=by, now=now))
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, **_context(place))
    flash("Written down.", "success")
    return _back(place)


@blueprint.post("/till/close")
@guard.staff("take_cash", at="any")
def close_drawer() -> Response:
    """Close it with a count; what differs is over or short."""
    place = _posted()
    try:
        given = read_form(Closed, request.form)
        counted = paying.amount(given["counted"], place, "counted")
        slips = paying.amount(given["slips"], place, "slips")
        by, now = actor(), clock.now()
        count = run_txn(
            lambda: till.close(
                place,
                counted_cents=counted,
                slips_cents=slips,
                note=given.get("note"),
                by=by,
                now=now,
            )
        )
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, **_context(place))
    off = _off(count, place.currency)
    right = "The till is closed, and the count is right."
    flash(f"The till is closed: {off}." if off else right, "warning" if off else "success")
    return _back(place)


def _off(count: Count, currency: str) -> str:
    """By how much cash and terminal differ: one never makes up for the other unsaid."""
    found = (("the drawer", count.over_cents), ("the terminal", count.slips_over_cents))
    return ", ".join(
        f"{what} is {money(abs(cents), currency)} {'over' if cents > 0 else 'short'}"
        for what, cents in found
        if cents
    )


def _context(place: Location) -> dict[str, Any]:
    session = till.current(place.id)
    return {
        "place": place,
        "places": guard.places_for("take_cash"),
        "session": session,
        "flow": till_flow.flow(session) if session else None,
        "moves": till_moves.moves_of(session.id) if session else [],
        "zone": place.zone,
        "table": till_report.of_day(place, places.business_date(place, clock.now())),
        "drill": tables.drill if guard.may_open(till_report.PARTS) else tables.nowhere,
    }


def _posted() -> Location:
    return _place(request.form.get("location"))


def _place(slug: str | None) -> Location:
    """The studio asked for, else the first one; one that is not mine is missing."""
    for place in guard.places_for("take_cash"):
        if not slug or place.slug == slug:
            return place
    raise NotFound("location")


def _back(place: Location) -> Response:
    return redirect(url_for(".drawer", location=place.slug), 303)
