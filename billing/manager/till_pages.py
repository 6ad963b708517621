"""The tills of a manager's studios: each day's end as a page, a file and a document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, render_template, request, url_for

from billing.manager.blueprint import blueprint
from billing.tenders import day_parts, till_flow, till_report
from config import clock, downloads
from config.errors import NotFound
from config.fields import BizDate, SafeStr, Slug
from config.inputs import Input, read_form
from locations import guard, listing_pages, months_asked, places, tables
from locations.listing_pages import Asks, Listing
from locations.models import Location

ACT = "see_tills"


class Day(Input):
    """Which studio, and which of its days; today's where none is named."""

    location = Slug()
    on = BizDate()


class OfDay(Asks):
    """Parts of a row of a studio's day."""

    on = BizDate(required=True)
    location = Slug(required=True)
    section = SafeStr(most=10, required=True)
    item = SafeStr(most=60)


@dataclass(frozen=True, slots=True)
class Asked:
    """A studio's business date."""

    place: Location
    on: date

    @property
    def query(self) -> dict[str, Any]:
        """As addresses carry it."""
        return {"location": self.place.slug, "on": self.on.isoformat()}


@blueprint.get("/manage/tills")
@guard.staff(ACT, at="any")
def tills() -> str:
    """A studio's day, and its latest counts."""
    asked = _asked()
    return render_template(
        "manage/tills.html",
        places=guard.places_for(ACT),
        place=asked.place,
        on=asked.on,
        table=till_report.of_day(asked.place, asked.on),
        drill=tables.drill,
        sessions=till_flow.sessions_of(asked.place.id),
        csv_url=url_for(".tills_csv", **asked.query),
        json_url=url_for(".tills_json", **asked.query),
    )


@blueprint.get("/manage/tills.csv")
@guard.staff(ACT, at="any")
def tills_csv() -> Response:
    """The day for a spreadsheet."""
    asked = _asked()
    text = tables.as_csv(till_report.of_day(asked.place, asked.on))
    return downloads.spreadsheet(text, name=f"day-{asked.place.slug}-{asked.on}.csv")


@blueprint.get("/manage/tills.json")
@guard.staff(ACT, at="any")
def tills_json() -> Response:
    """The day for a program, in minor units."""
    asked = _asked()
    found: dict[str, Any] = tables.as_json(till_report.of_day(asked.place, asked.on))
    return downloads.document(asked.query | found)


def _asked() -> Asked:
    mine = guard.places_for(ACT)
    if not mine:
        raise NotFound("location")
    given = read_form(Day, request.args)
    slug = given.get("location")
    place = months_asked.one_of_mine(slug, mine) if slug else mine[0]
    return Asked(place, given.get("on") or places.business_date(place, clock.now()))


listing_pages.add(
    blueprint,
    Listing(
        "day-parts",
        "Parts of a day",
        "What a number of a studio's day is made of, each with its postings.",
        ACT,
        OfDay,
        day_parts.table,
    ),
    under="/manage",
)
