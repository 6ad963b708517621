"""The pages of promotion codes, with made-up figures."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace as Facts
from typing import Any

from billing.sales.promo_report import COLUMNS, Example
from config.errors import FieldProblem
from config.pages import FormState
from locations import tables
from locations.tables import Row, Table

PLACES = [Facts(slug="sea", name="Seattle"), Facts(slug="tac", name="Tacoma")]
SCOPES = [("all", "Packs and plans"), ("packs", "Packs")]
LINKS = {"csv_url": "/file.csv", "json_url": "/file.json", "drill": lambda: tables.drill}
WRONG = FormState(
    {"promo": "X"},
    (FieldProblem("/promo", "Use 3 to 30 letters, digits and hyphens."),),
    "Some of this needs another look.",
)


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page; everything can be empty."""
    name = "Friends and family of everybody who ever came, on any day of the year"
    cells = ("A" * 30, name, "$20.00", date(2027, 1, 1), "January 31, 2027", "Everybody", 12_345)
    row = Row(dict(zip([c.name for c in COLUMNS], (*cells, 1_234_567_89), strict=True)))
    full = Table(COLUMNS, [row, row], "USD", {"used": 24_690, "off_cents": 2_469_135_78})
    running = [
        (Facts(code="A" * 30, max_uses=None, uses=3), "/end"),
        (Facts(code="SPRING", max_uses=100, uses=98), "/end"),
    ]
    form = {
        "places": PLACES,
        "scopes": SCOPES,
        "currency": "USD",
        "action": "/sent",
        "back_url": "/back",
    }
    examples = [
        Example("Booster 3", 9000, 1125, 815, 8690, ""),
        Example("Single", 5500, 0, 0, 0, "This code is not for this pack or plan."),
    ]
    return {
        "manage/promos.html": {"table": full, "running": running, "new_url": "/new", **LINKS},
        "manage/promos.html@none": {
            "table": Table(COLUMNS, [], "USD"),
            "running": [],
            "new_url": None,
            **LINKS,
        },
        "manage/promo_new.html": {"examples": examples, "form": FormState({}), **form},
        "manage/promo_new.html@wrong": {"examples": [], "form": WRONG, **form},
    }
