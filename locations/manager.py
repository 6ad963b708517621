"""Pages of managers and owners: revenue per location, and who works here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, json, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config import clock
from config.audit import Actor
from config.calendar import add_months, month_of, months_apart
from config.charts import Chart, Series, stacked_bars
from config.db import transaction
from config.errors import Invalid, NotFound, Refused, TaperError, invalid_field
from config.fields import Email, Slug
from config.formats import month as month_text
from config.inputs import Input, read_form
from config.pages import FormState, answer_form, csp_nonce, fresh_form
from config.problems import STATUS_OF_KIND
from locations import guard, people, places, revenue
from locations.models import Location
from locations.revenue import RevenueReport
from locations.rules.permissions import act_to_grant

MOST_MONTHS = 60
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)
_OF_THE_WHOLE_GROUP = "All"

blueprint = Blueprint("manager", __name__, url_prefix="/manage")


class DeskGrant(Input):
    """Somebody gets the desk role at a location."""

    email = Email(required=True)
    location = Slug(required=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks to see: first days of months, and the locations."""

    first: date
    last: date
    chosen: list[Location]


@blueprint.get("")
@guard.staff("see_revenue", at="any")
def home() -> Answer:
    """The first page of a manager's day."""
    return redirect(address_of("manager.revenue"))


@blueprint.get("/revenue", endpoint="revenue")
@guard.staff("see_revenue", at="any")
def revenue_page() -> Response:
    """Revenue per location and month; months and location are in the address."""
    mine = guard.places_for("see_revenue")
    try:
        asked = _asked(mine)
        report = _report(asked)
    except (Invalid, Refused) as error:
        return _revenue_again(mine, error)
    query: dict[str, Any] = {
        "location": request.args.get("location", ""),
        "from": f"{asked.first:%Y-%m}",
        "to": f"{asked.last:%Y-%m}",
    }
    page = render_template(
        "manage/revenue.html",
        places=mine,
        chosen=query["location"],
        first_month=query["from"],
        last_month=query["to"],
        report=report,
        currency=report.currency,
        drawing=_drawing(report) if report.rows else None,
        csv_url=address_of("manager.revenue_csv", **query),
        json_url=address_of("manager.revenue_json", **query),
        form=fresh_form(),
    )
    return make_response(page)


@blueprint.get("/revenue.csv")
@guard.staff("see_revenue", at="any")
def revenue_csv() -> Response:
    """The same figures for a spreadsheet."""
    asked = _asked(guard.places_for("see_revenue"))
    name = f"revenue-{asked.first:%Y-%m}-{asked.last:%Y-%m}.csv"
    answer = Response(revenue.as_csv(_report(asked)), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@blueprint.get("/revenue.json")
@guard.staff("see_revenue", at="any")
def revenue_json() -> Response:
    """The same figures for a program, in minor units."""
    report = _report(_asked(guard.places_for("see_revenue")))
    return Response(json.dumps(revenue.as_json(report)), mimetype="application/json")


@blueprint.get("/staff", endpoint="staff")
@guard.staff("see_staff", at="any")
def staff_page() -> str:
    """Who holds which role at the locations of whoever looks."""
    return render_template("manage/staff.html", form=fresh_form(), **_staff_context())


@blueprint.post("/staff")
@guard.staff("staff_desk", at="any")
def give_desk() -> Answer:
    """Give somebody who has an account the desk of a location."""
    try:
        given = read_form(DeskGrant, request.form)
        with transaction():
            account = people.find_by_email(given["email"])
            if account is None:
                raise invalid_field("/email", "Nobody has an account with this address.")
            place = _mine(given["location"], guard.places_for("staff_desk"))
            people.grant_role(
                account.id, role="desk", location_id=place.id, by=_actor(), now=clock.now()
            )
    except (Invalid, Refused) as error:
        return answer_form("manage/staff.html", error, **_staff_context())
    return redirect(address_of("manager.staff"))


@blueprint.post("/staff/<uuid:role_id>/revoke")
@guard.staff("staff_desk", at="any")
def take_role(role_id: UUID) -> Answer:
    """Take a role away."""
    with transaction():
        role = people.held_role(role_id)
        if not guard.reach_of(act_to_grant(role.role)).covers(role.location_id):
            raise NotFound("role")
        people.revoke_role(
            role.account_id,
            role=role.role,
            location_id=role.location_id,
            by=_actor(),
            now=clock.now(),
        )
    return redirect(address_of("manager.staff"))


def _asked(mine: list[Location]) -> Asked:
    """Read months and location; a location that is not mine is missing."""
    slug = request.args.get("location", "")
    chosen = [_mine(slug, mine)] if slug else mine
    now = clock.now()
    today = max((places.business_date(place, now) for place in chosen), default=now.date())
    this_month = month_of(today)
    last = _month("to", this_month)
    first = _month("from", add_months(last, -11, anchor_day=1))
    if first > last:
        raise invalid_field("/from", "The first month lies after the last.")
    if months_apart(first, last) >= MOST_MONTHS:
        raise invalid_field("/from", f"At most {MOST_MONTHS} months fit on a page.")
    return Asked(first, last, chosen)


def _month(name: str, default: date) -> date:
    text = request.args.get(name, "")
    if not text:
        return default
    found = _MONTH.fullmatch(text)
    if found is None or not 2000 <= int(found[1]) <= 2199:
        raise invalid_field(f"/{name}", "Write a month like 2027-01.")
    return date(int(found[1]), int(found[2]), 1)


def _mine(slug: str, mine: list[Location]) -> Location:
    for place in mine:
        if place.slug == slug:
            return place
    raise NotFound("location")


def _report(asked: Asked) -> RevenueReport:
    ids = [place.id for place in asked.chosen]
    return revenue.by_month(location_ids=ids, first=asked.first, last=asked.last)


def _revenue_again(mine: list[Location], error: TaperError) -> Response:
    page = render_template(
        "manage/revenue.html",
        places=mine,
        chosen=request.args.get("location", ""),
        first_month="",
        last_month="",
        report=None,
        currency="",
        drawing=None,
        csv_url="",
        json_url="",
        form=FormState(request.args.to_dict(), error.fields, error.message),
    )
    return make_response(page, STATUS_OF_KIND[error.kind])


def _drawing(report: RevenueReport) -> Chart:
    names = list(dict.fromkeys(row.place_name for row in report.rows))
    layers = [
        Series(name, tuple(row.earned_cents for row in report.rows if row.place_name == name))
        for name in names
    ]
    return stacked_bars(
        title="Earned per location and month",
        labels=[month_text(month) for month in report.months],
        series=layers,
        currency=report.currency,
        nonce=csp_nonce(),
    )


def _staff_context() -> dict[str, object]:
    seen = guard.reach_of("see_staff")
    names = {place.id: place.name for place in places.all_ones()}
    rows = []
    for role, account in people.staff():
        if not seen.covers(role.location_id):
            continue
        may_take = guard.reach_of(act_to_grant(role.role)).covers(role.location_id)
        where = names[role.location_id] if role.location_id else _OF_THE_WHOLE_GROUP
        revoke = address_of("manager.take_role", role_id=role.id) if may_take else ""
        rows.append((account.name, account.email, role.role, where, revoke))
    return {
        "staff": rows,
        "places": guard.places_for("staff_desk"),
        "action": address_of("manager.staff"),
    }


def _actor() -> Actor:
    account = guard.current_account()
    return Actor(account.id, account.name)
