"""The owner closes a studio: first whom it concerns, then the button. An edge."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from billing.leaving import closing
from config.audit import Actor
from config.errors import Invalid, NotFound, Refused
from config.fields import BizDate, SafeStr, Slug
from config.formats import day
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard
from locations.models import Location
from membership.endings import closings

blueprint = Blueprint("closing", __name__, url_prefix="/manage/closing")
PAGE = "manage/closing.html"


class Closing(Input):
    """Which studio closes, and when; `sure` comes with the second click."""

    location = Slug(required=True)
    closes_on = BizDate(required=True)
    sure = SafeStr(most=3)


@blueprint.get("")
@guard.staff("edit_location", at="group")
def page() -> str:
    """Which studios close, and how many plans each of them has."""
    return render_template(PAGE, form=fresh_form(), planned=None, **_context())


@blueprint.post("")
@guard.staff("edit_location", at="group")
def announce() -> Response | str:
    """Show whom it concerns; sent again with the button of that page, announce it."""
    try:
        given = read_form(Closing, request.form)
        place = _place(given["location"])
        if "sure" not in given:
            planned = {"name": place.name, "plans": len(closings.holders(place.id)), **given}
            form = fresh_form(**request.form.to_dict())
            return render_template(PAGE, form=form, planned=planned, **_context())
        account = guard.current_account()
        by = Actor(account.id, account.name)
        told = closing.announce(place.id, closes_on=given["closes_on"], by=by)
    except (Invalid, Refused) as error:
        return answer_form(PAGE, error, planned=None, **_context())
    flash(f"{place.name} closes on {day(given['closes_on'])}; {told} members are told.", "success")
    return redirect(url_for(".page"), 303)


def _context() -> dict[str, Any]:
    mine = guard.places_for("edit_location")
    return {
        "places": mine,
        "rows": [(place, len(closings.holders(place.id))) for place in mine],
        "action": url_for(".announce"),
    }


def _place(slug: str) -> Location:
    for place in guard.places_for("edit_location"):
        if place.slug == slug:
            return place
    raise NotFound("location")
