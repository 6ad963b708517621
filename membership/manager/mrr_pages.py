"""Monthly recurring revenue and how it moved: a page and a file with the same cents."""

from __future__ import annotations

from typing import Any

from flask import Response, json, make_response, render_template, request
from flask import url_for as address_of

from config.errors import Invalid
from config.pages import FormState, fresh_form
from config.problems import STATUS_OF_KIND
from locations import guard, months_asked
from locations.models import Location
from locations.months_asked import Asked
from membership import mrr_report
from membership.manager.prices_blueprint import blueprint

SHOWN = 6  # months, where the address asks for none


@blueprint.get("/mrr", endpoint="mrr")
@guard.staff("see_revenue", at="any")
def mrr_page() -> Response:
    """The movement per location and month; months and location are in the address."""
    mine = guard.books_for("see_revenue")
    try:
        asked = months_asked.read(mine, months=SHOWN)
    except Invalid as error:
        typed = FormState(request.args.to_dict(), error.fields, error.message)
        page = _page(mine, None, form=typed)
        return make_response(page, STATUS_OF_KIND[error.kind])
    return make_response(_page(mine, asked, form=fresh_form()))


@blueprint.get("/mrr.csv")
@guard.staff("see_revenue", at="any")
def mrr_csv() -> Response:
    """The same figures for a spreadsheet."""
    asked = months_asked.read(guard.books_for("see_revenue"), months=SHOWN)
    answer = Response(mrr_report.as_csv(_report(asked)), mimetype="text/csv")
    name = f"mrr-{asked.first:%Y-%m}-{asked.last:%Y-%m}.csv"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@blueprint.get("/mrr.json")
@guard.staff("see_revenue", at="any")
def mrr_json() -> Response:
    """The same figures for a program, in minor units."""
    report = _report(months_asked.read(guard.books_for("see_revenue"), months=SHOWN))
    return Response(json.dumps(mrr_report.as_json(report)), mimetype="application/json")


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
        json_url=address_of(".mrr_json", **query) if asked else "",
        form=form,
    )


def _report(asked: Asked) -> mrr_report.MrrReport:
    return mrr_report.by_month(asked.chosen, first=asked.first, last=asked.last)
