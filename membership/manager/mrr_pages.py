"""Monthly recurring revenue and how it moved: a page and a file with the same cents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, make_response, render_template, request
from flask import url_for as address_of

from config import clock
from config.calendar import add_months, month_of, months_apart
from config.errors import Invalid, invalid_field
from config.pages import FormState, fresh_form
from config.problems import STATUS_OF_KIND
from locations import guard, places
from locations.models import Location
from membership import mrr_report
from membership.manager.prices_blueprint import blueprint, one_of_mine

MOST_MONTHS = 60
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks to see: first days of months, and the locations."""

    first: date
    last: date
    chosen: list[Location]


@blueprint.get("/mrr", endpoint="mrr")
@guard.staff("see_revenue", at="any")
def mrr_page() -> Response:
    """The movement per location and month; months and location are in the address."""
    mine = guard.places_for("see_revenue")
    try:
        asked = _asked(mine)
    except Invalid as error:
        typed = FormState(request.args.to_dict(), error.fields, error.message)
        page = _page(mine, None, form=typed)
        return make_response(page, STATUS_OF_KIND[error.kind])
    return make_response(_page(mine, asked, form=fresh_form()))


@blueprint.get("/mrr.csv")
@guard.staff("see_revenue", at="any")
def mrr_csv() -> Response:
    """The same figures for a spreadsheet."""
    asked = _asked(guard.places_for("see_revenue"))
    answer = Response(mrr_report.as_csv(_report(asked)), mimetype="text/csv")
    name = f"mrr-{asked.first:%Y-%m}-{asked.last:%Y-%m}.csv"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _page(mine: list[Location], asked: Asked | None, *, form: FormState) -> str:
    query: dict[str, Any] = {"location": request.args.get("location", "")}
    if asked is not None:
        query |= {"from": f"{asked.first:%Y-%m}", "to": f"{asked.last:%Y-%m}"}
    return render_template(
        "manage/mrr.html",
        places=mine,
        query=query,
        report=_report(asked) if asked else None,
        headings=mrr_report.HEADINGS,
        csv_url=address_of(".mrr_csv", **query) if asked else "",
        form=form,
    )


def _report(asked: Asked) -> mrr_report.MrrReport:
    return mrr_report.by_month(asked.chosen, first=asked.first, last=asked.last)


def _asked(mine: list[Location]) -> Asked:
    """Read months and location; a location that is not mine is missing."""
    slug = request.args.get("location", "")
    chosen = [one_of_mine(slug, mine)] if slug else mine
    now = clock.now()
    today = max((places.business_date(place, now) for place in chosen), default=now.date())
    last = _month("to", month_of(today))
    first = _month("from", add_months(last, -5, anchor_day=1))
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
