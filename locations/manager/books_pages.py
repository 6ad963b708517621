"""The books: every report about them, closed months, and the journal as a file."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from marshmallow import validate
from werkzeug.wrappers import Response as Answer

from config import clock, downloads
from config.audit import Actor
from config.db import transaction
from config.errors import Invalid, Refused, invalid_field
from config.fields import BizDate, SafeStr, Slug
from config.formats import month as month_words
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import (
    closing_books,
    guard,
    journal_export,
    listing_pages,
    report_pages,
    roll_forward,
    sales_tax,
    settlements,
    trial_balance,
    unclaimed,
    unclaimed_parts,
)
from locations.asked_places import together
from locations.listing_pages import Asks, Listing
from locations.manager.blueprint import blueprint
from locations.months_asked import month_named, one_of_mine
from locations.report_pages import Report

PAGE = "manage/books.html"
MOST_DAYS = 366

REPORTS = (
    Report(
        "roll-forward",
        "Roll-forward",
        "What is owed in sessions and in time, and every way by which it came or went.",
        "see_liability",
        12,
        roll_forward.table,
    ),
    Report(
        "trial-balance",
        "Trial balance",
        "What every account held, moved and holds; a debit balance is positive.",
        "see_revenue",
        1,
        trial_balance.table,
    ),
    Report(
        "sales-tax",
        "Sales tax",
        "What was charged for each state, credited, paid to it, and is still owed.",
        "see_revenue",
        12,
        sales_tax.table,
    ),
    Report(
        "between-locations",
        "Between locations",
        "What locations owe each other. What one is owed is negative: together they are nothing.",
        "see_revenue",
        12,
        settlements.table,
    ),
    Report(
        "unclaimed",
        "Expired, unclaimed",
        "Expired sessions that may still be claimed in cash, and from when a state must be told.",
        "see_liability",
        60,
        unclaimed.table,
    ),
)
for report in REPORTS:
    report_pages.add(blueprint, report)


class Expiries(Asks):
    """Of which product, and whether those that are dormant; all where nothing is named."""

    product = SafeStr(most=40)
    state = SafeStr(most=10)


listing_pages.add(
    blueprint,
    Listing(
        "unclaimed-parts",
        "Expiries that nobody has claimed",
        "Each expiry whose value may still be claimed in cash, and from when it is dormant.",
        "see_liability",
        Expiries,
        unclaimed_parts.table,
    ),
    under="",
)


class Lock(Input):
    """The month that is to be closed."""

    month = SafeStr(most=7, required=True)


class Export(Input):
    """Which days of which studio go into the file, and how it is laid out."""

    since = BizDate(required=True, data_key="from")
    until = BizDate(required=True, data_key="to")
    location = Slug()
    layout = SafeStr(
        most=20, required=True, data_key="format", validate=validate.OneOf(journal_export.LAYOUTS)
    )


@blueprint.get("/books", endpoint="books")
@guard.staff("see_revenue", at="any")
def books_page() -> Answer:
    """What can be read of the books, and how far they are closed."""
    return make_response(render_template(PAGE, form=fresh_form(), **_context()))


@blueprint.post("/books/lock", endpoint="lock_month")
@guard.staff("lock_month", at="group")
def lock_month() -> Answer:
    """Close the next month for good."""
    try:
        month = month_named(read_form(Lock, request.form)["month"], field="month")
        account = guard.current_account()
        with transaction():
            by = Actor(account.id, account.name)
            row = closing_books.lock(month, by=by, now=clock.now())
    except (Invalid, Refused) as error:
        return answer_form(PAGE, error, **_context())
    flash(f"{month_words(row.month)} is locked.", "success")
    return redirect(address_of("manager.books"), 303)


@blueprint.get("/journal", endpoint="journal")
@guard.staff("export_journal", at="any")
def journal_file() -> Response:
    """The journal of some days as a file: every posting, or journals for QuickBooks."""
    mine = guard.books_for("export_journal")
    given = read_form(Export, request.args)
    first, last, layout = given["since"], given["until"], given["layout"]
    if not 0 <= (last - first).days < MOST_DAYS:
        raise invalid_field("/to", f"From one day to {MOST_DAYS} days fit into a file.")
    chosen = [one_of_mine(given["location"], mine)] if "location" in given else mine
    places = list(together(chosen).by_id.values()) if layout == "quickbooks" else chosen
    text = journal_export.export(places, first=first, last=last, layout=layout)
    return downloads.spreadsheet(text, name=f"journal-{layout}-{first}-{last}.csv")


def _context() -> dict[str, Any]:
    may_lock = guard.reach_of("lock_month").everywhere
    return {
        "reports": [
            (one.report.title, one.report.says, address_of(one.endpoint))
            for one in report_pages.hung()
        ],
        "closing": closing_books.overview(clock.now()),
        "lock_url": address_of("manager.lock_month") if may_lock else "",
        "remit_url": address_of("manager.remit") if guard.reach_of("remit_tax") else "",
        "settle_url": address_of("manager.settle") if guard.reach_of("settle_locations") else "",
        "exporting": guard.books_for("export_journal"),
        "journal_url": address_of("manager.journal"),
        "layouts": [("generic", "Every posting"), ("quickbooks", "Journals for QuickBooks")],
    }
