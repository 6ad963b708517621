"""Revenue per location and month: a page, a file and a document with the same cents."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config import downloads
from config.charts import Chart, Series, stacked_bars
from config.errors import Invalid, Refused, TaperError
from config.formats import month as month_text
from config.pages import FormState, csp_nonce, fresh_form
from config.problems import STATUS_OF_KIND
from locations import guard, months_asked, revenue, tables
from locations.manager.blueprint import blueprint
from locations.models import Location
from locations.months_asked import Asked
from locations.revenue import RevenueReport

SHOWN = 12  # months, where the address asks for none


@blueprint.get("")
@guard.staff("see_revenue", at="any")
def home() -> Answer:
    """The first page of a manager's day."""
    return redirect(address_of("manager.revenue"))


@blueprint.get("/revenue", endpoint="revenue")
@guard.staff("see_revenue", at="any")
def revenue_page() -> Response:
    """Revenue per location and month; months and location are in the address."""
    mine = guard.books_for("see_revenue")
    try:
        asked = months_asked.read(mine, months=SHOWN)
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
        query=query,
        report=report,
        table=revenue.table(report),
        drill=tables.drill,
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
    asked = months_asked.read(guard.books_for("see_revenue"), months=SHOWN)
    name = f"revenue-{asked.first:%Y-%m}-{asked.last:%Y-%m}.csv"
    return downloads.spreadsheet(revenue.as_csv(_report(asked)), name=name)


@blueprint.get("/revenue.json")
@guard.staff("see_revenue", at="any")
def revenue_json() -> Response:
    """The same figures for a program, in minor units."""
    report = _report(months_asked.read(guard.books_for("see_revenue"), months=SHOWN))
    return downloads.document(revenue.as_json(report))


def _report(asked: Asked) -> RevenueReport:
    ids = [place.id for place in asked.chosen]
    return revenue.by_month(location_ids=ids, first=asked.first, last=asked.last)


def _revenue_again(mine: list[Location], error: TaperError) -> Response:
    page = render_template(
        "manage/revenue.html",
        places=mine,
        query={"location": request.args.get("location", "")},
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
