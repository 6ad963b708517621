"""Failed payments and what became of them: who is asked next, and how much came back."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, url_for

from billing.manager.blueprint import blueprint
from billing.recovery import failed_payments, recoveries, recovery_report
from billing.recovery.failed_payments import Failed
from config import downloads
from config.fields import SafeStr
from locations import guard, listing_pages, report_pages, tables
from locations.listing_pages import Asks, Listing
from locations.months_asked import Asked
from locations.report_pages import Report
from locations.tables import Table

ACT = "see_failed_payments"


class OfFate(Asks):
    """Recoveries that ended in a way; all where none is named."""

    fate = SafeStr(most=20)


@blueprint.get("/manage/failed-payments")
@guard.staff(ACT, at="any")
def failed_payments_page() -> str:
    """Every open recovery, with what is known and what comes next."""
    return render_template(
        "manage/failed_payments.html",
        found=_mine(),
        csv_url=url_for(".failed_payments_csv"),
        json_url=url_for(".failed_payments_json"),
    )


@blueprint.get("/manage/failed-payments.csv")
@guard.staff(ACT, at="any")
def failed_payments_csv() -> Response:
    """The same for a spreadsheet."""
    text = tables.as_csv(failed_payments.as_table(_mine()))
    return downloads.spreadsheet(text, name="failed-payments.csv")


@blueprint.get("/manage/failed-payments.json")
@guard.staff(ACT, at="any")
def failed_payments_json() -> Response:
    """The same for a program, in minor units."""
    return downloads.document(tables.as_json(failed_payments.as_table(_mine())))


@blueprint.get("/manage/failed-payments/<uuid:invoice_id>")
@guard.staff(ACT, at="any")
def failed_payment(invoice_id: UUID) -> str:
    """Every try at one invoice, with what the bank said."""
    found = failed_payments.look_into(invoice_id)
    guard.require(ACT, found.location_id)
    return render_template("manage/failed_payment.html", found=found)


def _mine() -> list[Failed]:
    return failed_payments.still_open([place.id for place in guard.places_for(ACT)])


def _report(asked: Asked) -> Table:
    return recovery_report.by_month(asked.chosen, first=asked.first, last=asked.last)


report_pages.add(
    blueprint,
    Report(
        name="recovery",
        title="Recovered payments",
        says="What became of payments that failed, by the month in which they failed first.",
        act=ACT,
        months=6,
        build=_report,
    ),
    under="/manage",
)
listing_pages.add(
    blueprint,
    Listing(
        "recoveries",
        "Recoveries",
        "Payments that failed first in these months, and what became of each.",
        ACT,
        OfFate,
        recoveries.table,
    ),
    under="/manage",
)
