"""Revenue per location and month: a page, a file and a document with the same cents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, json, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config import clock
from config.calendar import add_months, month_of, months_apart
from config.charts import Chart, Series, stacked_bars
from config.errors import Invalid, Refused, TaperError, invalid_field
from config.formats import month as month_text
from config.pages import FormState, csp_nonce, fresh_form
from config.problems import STATUS_OF_KIND
from locations import guard, places, revenue
from locations.manager.blueprint import blueprint, one_of_mine
from locations.models import Location
from locations.revenue import RevenueReport

MOST_MONTHS = 60
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


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


def _asked(mine: list[Location]) -> Asked:
    """Read months and location; a location that is not mine is missing."""
    slug = request.args.get("location", "")
    chosen = [one_of_mine(slug, mine)] if slug else mine
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
