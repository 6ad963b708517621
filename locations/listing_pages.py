"""Hangs up what stands behind a report's number: its parts one by one, as page, file and document.

For edges. A part that moved money leads on to its postings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask import url_for as address_of

from config import clock, downloads
from config.fields import SafeStr, Slug, TextInt
from config.inputs import Input, read_form
from locations import guard, months_asked, tables
from locations.models import Location
from locations.tables import Table

PAGE, FILE = 100, 100_000


class Asks(Input):
    """What every such address may name: a studio, months, and which page."""

    location = Slug()
    first = SafeStr(most=7, data_key="from")
    last = SafeStr(most=7, data_key="to")
    span = SafeStr(most=6)
    page = TextInt(low=1, high=10_000)


@dataclass(frozen=True, slots=True)
class Query:
    """The parts that are asked for: of these locations, of the days [since, until), and of what
    `given` names besides; `skip` of them were shown before, and at most `most` are wanted.
    """

    chosen: list[Location]
    since: date
    until: date
    given: Mapping[str, Any]
    skip: int
    most: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of parts; `build` answers with the rows asked for and the totals of all there are."""

    name: str
    title: str
    says: str
    act: str
    asks: type[Asks]
    build: Callable[[Query], Table]


def add(blueprint: Blueprint, listing: Listing, *, under: str) -> None:
    """Hang up `<under>/<name>`, `.csv` and `.json`; the endpoint is the name."""
    seen_by = guard.staff(listing.act, at="any")
    endpoint = listing.name.replace("-", "_")
    for suffix, view in (("", _page), (".csv", _csv), (".json", _json)):
        blueprint.add_url_rule(
            f"{under}/{listing.name}{suffix}",
            endpoint=f"{endpoint}{suffix.replace('.', '_')}",
            view_func=seen_by(_bound(view, listing)),
        )


def _bound(view: Callable[[Listing], Response], listing: Listing) -> Callable[[], Response]:
    def bound() -> Response:
        return view(listing)

    bound.__name__ = listing.name.replace("-", "_")
    bound.__doc__ = listing.says
    return bound


def _page(listing: Listing) -> Response:
    given = read_form(listing.asks, request.args)
    page: int = given.get("page", 1)
    table = listing.build(_query(listing, given, skip=(page - 1) * PAGE, most=PAGE + 1))
    more = len(table.rows) > PAGE
    shown = Table(table.columns, table.rows[:PAGE], table.currency, table.totals)
    asked: dict[str, Any] = {n: text for n, text in request.args.items() if n != "page"}
    endpoint = str(request.endpoint)
    following = address_of(endpoint, **asked, page=str(page + 1)) if more else ""
    answer = render_template(
        "manage/listing.html",
        listing=listing,
        table=shown,
        drill=tables.drill,
        csv_url=address_of(f"{endpoint}_csv", **asked),
        json_url=address_of(f"{endpoint}_json", **asked),
        following=following,
    )
    return make_response(answer)


def _csv(listing: Listing) -> Response:
    return downloads.spreadsheet(tables.as_csv(_all(listing)), name=f"{listing.name}.csv")


def _json(listing: Listing) -> Response:
    return downloads.document(tables.as_json(_all(listing)))


def _all(listing: Listing) -> Table:
    given = read_form(listing.asks, request.args)
    return listing.build(_query(listing, given, skip=0, most=FILE))


def _query(listing: Listing, given: Mapping[str, Any], *, skip: int, most: int) -> Query:
    mine = guard.books_for(listing.act)
    chosen = [months_asked.one_of_mine(given["location"], mine)] if "location" in given else mine
    since, until = months_asked.days(given, now=clock.now())
    return Query(chosen, since, until, given, skip, most, clock.now())
