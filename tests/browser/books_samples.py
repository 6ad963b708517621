"""The pages of the books with made-up figures: many, large, and none at all."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace as Facts
from typing import Any
from uuid import UUID

from flask import Flask

from config.charts import Series, stacked_bars
from config.errors import FieldProblem
from config.pages import FormState, csp_nonce, fresh_form
from locations import revenue, tables
from locations.manager.books_pages import REPORTS
from locations.rules.revenue import FIGURES, Figures
from locations.tables import Column, Row, Table

SEA = Facts(id=UUID(int=1), slug="sea", name="Seattle", currency="USD")
TAC = Facts(id=UUID(int=2), slug="tac", name="Tacoma", currency="USD")
PLACES = [SEA, TAC]
JAN, JUN = date(2027, 1, 1), date(2027, 6, 1)
QUERY = {"location": "", "from": "2027-01", "to": "2027-06"}
WRONG = FormState({}, (FieldProblem("/from", "A month."),), "Some of this needs another look.")


def add_addresses(app: Flask) -> None:
    """The addresses that these pages lead to."""
    for name in ("postings", "books"):
        app.add_url_rule(f"/manage/{name}", f"manager.{name}", lambda: "")


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page, by a name: `template` or `template@variant`."""
    form = fresh_form()
    owed = {"owing": PLACES, "action": "/sent", "form": form}
    closing = Facts(locked=[Facts(month=JAN)], next_month=JUN, why_not=None)
    books = {
        "reports": [(one.title, one.says, "/report") for one in REPORTS],
        "closing": closing,
        "lock_url": "/lock",
        "remit_url": "/remit",
        "settle_url": "/settle",
        "exporting": PLACES,
        "journal_url": "/journal",
        "layouts": [("generic", "Every posting")],
        "form": form,
    }
    none = Facts(locked=[], next_month=None, why_not=None)
    return {
        **_revenue(),
        "manage/report.html": {**_report(), "table": _table(), "form": form},
        "manage/report.html@empty": {**_report(), "table": None, "form": WRONG},
        "manage/listing.html": {**_listing(), "table": _table(), "following": "/more"},
        "manage/listing.html@empty": {**_listing(), "table": Table((), [], "USD"), "following": ""},
        "manage/books.html": books,
        "manage/books.html@empty": {**books, "closing": none, "form": WRONG},
        "manage/remit.html": {
            **owed, "owed": [(SEA, "Seattle sales tax", 123_456_789)], "taxes": [("a", "a")],
        },
        "manage/remit.html@empty": {**owed, "owed": [], "taxes": []},
        "manage/turn_over.html": {
            "waiting": [
                {
                    "place": SEA, "what": "Gift card", "count": 12, "since": JAN,
                    "cents": 123_456_789, "url": "/sea",
                }
            ],
            "place": SEA,
            "claims": [
                Facts(
                    name="gift_card:1", kind="gift_card", whose="Gift card ending in 4ABC",
                    since=JAN, amount_cents=123_456_789,
                )
            ] * 12,
            "more": 300,
            "kinds": {"gift_card": "Gift card"},
            "done": [(TAC, Facts(on=JAN, reference="wire 7", count=3, amount_cents=9900))],
            "places": [TAC],
            "action": "/sent",
            "undo_action": "/undo",
            "report_url": "/report",
            "form": form,
        },
        "manage/turn_over.html@empty": {
            "waiting": [],
            "place": None,
            "claims": [],
            "more": 0,
            "kinds": {},
            "done": [],
            "places": [],
            "action": "/sent",
            "undo_action": "/undo",
            "report_url": "/report",
            "form": form,
        },
        "manage/settle.html": {**owed, "owed": [(SEA, TAC, 123_456_789)]},
        "manage/settle.html@empty": {**owed, "owed": []},
        **_postings(),
    }  # fmt: skip


def _revenue() -> dict[str, dict[str, Any]]:
    cents = dict.fromkeys(FIGURES, 1_234_567)
    report = Facts(
        rows=[
            Facts(place_name=place.name, slug=place.slug, month=JAN, cents=lambda: cents)
            for place in PLACES
        ],
        totals=Figures(**cents),
        currency="USD",
    )

    def drawing() -> Any:
        months = [f"{at:02}/27" for at in range(1, 7)]
        layers = [Series(p.name, (1_234_567,) * 6) for p in PLACES]
        return stacked_bars(
            title="Earned", labels=months, series=layers, currency="USD", nonce=csp_nonce()
        )

    page = {"places": PLACES, "query": QUERY, "currency": "USD", "csv_url": "/csv"}
    page |= {"form": FormState({}), "drill": lambda: tables.drill}
    return {
        "manage/revenue.html": {
            **page,
            "report": report,
            "table": revenue.table(report),  # pyright: ignore[reportArgumentType]
            "drawing": drawing,
        },
        "manage/revenue.html@empty": {**page, "report": None, "form": WRONG},
    }


def _report() -> dict[str, Any]:
    return {
        "report": REPORTS[0],
        "places": PLACES,
        "query": QUERY,
        "drill": lambda: tables.drill,
        "csv_url": "/csv",
        "json_url": "/json",
    }


def _listing() -> dict[str, Any]:
    listing = Facts(title="Moves of the recurring revenue", says="Every dated change.")
    links = {"csv_url": "/csv", "json_url": "/json"}
    return {"listing": listing, "drill": lambda: tables.drill, **links}


def _table() -> Table:
    columns = (
        Column("month", "Month", "month"),
        Column("location", "Location", "text"),
        Column("sold_cents", "Sold", accounts=("deferred_sessions",)),
        Column("count", "Sessions", "count"),
    )
    values = {"month": JAN, "location": "Seattle", "sold_cents": 123_456_789, "count": 12}
    return Table(columns, [Row(values, JAN, JAN, "sea")] * 12, "USD", {"sold_cents": 9})


def _postings() -> dict[str, dict[str, Any]]:
    entry = Facts(
        occurred_on=JAN, for_month=date(2026, 12, 1), kind="refund_promised", product="STARTER-3",
        reason="wrong member", source_type="credit_note", source_id=UUID(int=9),
    )  # fmt: skip
    sides = [
        Facts(location_id=SEA.id, account="due_to", detail=str(TAC.id), amount_cents=cents,
              currency="USD")
        for cents in (123_456_789, -123_456_789)
    ]  # fmt: skip
    page = {
        "names": {str(place.id): place.name for place in PLACES},
        "currency": "USD",
        "sums": Facts(debit_cents=123_456_789, credit_cents=123_456_794),
        "accounts": ["due_to"],
        "kinds": ["redemption"],
    }
    rows = [(entry, side) for side in sides]
    return {
        "manage/postings.html": {**page, "found": rows, "following": "/more"},
        "manage/postings.html@empty": {**page, "found": [], "following": ""},
    }
