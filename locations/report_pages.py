"""Hangs a report into a blueprint: its page, its file and its document, with the same cents.

For edges: each names its reports, and who may see them, in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    render_template,
    request,
)
from flask import url_for as address_of

from config import downloads
from config.errors import Invalid, Refused
from config.pages import FormState, fresh_form
from config.problems import STATUS_OF_KIND
from locations import guard, months_asked, tables
from locations.months_asked import Asked
from locations.tables import Table

Build = Callable[[Asked], Table]


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its address and endpoint `name`, who may see it, how many months it shows where
    the address asks for none (0: it tells how things stand now), and what it says.
    """

    name: str
    title: str
    says: str
    act: str
    months: int
    build: Build


@dataclass(frozen=True, slots=True)
class Hung:
    """A report and the endpoint of its page, as the overview of the books lists it."""

    report: Report
    endpoint: str


def add(blueprint: Blueprint, report: Report, *, under: str = "") -> None:
    """Hang up `/<name>`, `/<name>.csv` and `/<name>.json`, `under` an address if one is named."""
    seen_by = guard.staff(report.act, at="any")
    for suffix, view in (("", _page), (".csv", _csv), (".json", _json)):
        blueprint.add_url_rule(
            f"{under}/{report.name}{suffix}",
            endpoint=f"{_endpoint(report)}{suffix.replace('.', '_')}",
            view_func=seen_by(_bound(view, report)),
        )
    endpoint = f"{blueprint.name}.{_endpoint(report)}"
    blueprint.record(lambda setup: _list(setup.app.extensions, Hung(report, endpoint)))


def hung() -> Sequence[Hung]:
    """Every report of every floor that whoever is signed in may see somewhere."""
    listed: list[Hung] = current_app.extensions.get(_LISTED, [])
    return [one for one in listed if guard.reach_of(one.report.act)]


_LISTED = "taper.reports"


def _list(extensions: dict[str, Any], one: Hung) -> None:
    extensions.setdefault(_LISTED, []).append(one)


def _endpoint(report: Report) -> str:
    return report.name.replace("-", "_")


def _bound(view: Callable[[Report], Response], report: Report) -> Callable[[], Response]:
    def bound() -> Response:
        return view(report)

    bound.__name__ = _endpoint(report)
    bound.__doc__ = report.says
    return bound


def _page(report: Report) -> Response:
    mine = guard.books_for(report.act)
    query: dict[str, Any] = {"location": request.args.get("location", "")}
    table: Table | None = None
    form, status = fresh_form(), 200
    try:
        asked = months_asked.read(mine, months=max(1, report.months))
        table = report.build(asked)
        query |= {"from": f"{asked.first:%Y-%m}", "to": f"{asked.last:%Y-%m}"}
    except (Invalid, Refused) as error:
        form = FormState(request.args.to_dict(), error.fields, error.message)
        status = STATUS_OF_KIND[error.kind]
    endpoint = str(request.endpoint)
    page = render_template(
        "manage/report.html",
        report=report,
        places=mine,
        query=query,
        table=table,
        drill=tables.drill,
        csv_url=address_of(f"{endpoint}_csv", **query) if table else "",
        json_url=address_of(f"{endpoint}_json", **query) if table else "",
        form=form,
    )
    return make_response(page, status)


def _asked(report: Report) -> Asked:
    return months_asked.read(guard.books_for(report.act), months=max(1, report.months))


def _csv(report: Report) -> Response:
    asked = _asked(report)
    name = f"{report.name}-{asked.first:%Y-%m}-{asked.last:%Y-%m}.csv"
    return downloads.spreadsheet(tables.as_csv(report.build(asked)), name=name)


def _json(report: Report) -> Response:
    return downloads.document(tables.as_json(report.build(_asked(report))))
