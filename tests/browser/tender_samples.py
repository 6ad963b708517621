"""The till, the counter, gift cards and credit, with made-up figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace as Facts
from typing import Any
from uuid import UUID

from flask import Flask

from billing.rules.till import Flow
from billing.tenders.till_report import COLUMNS
from config.errors import FieldProblem
from config.pages import FormState, fresh_form
from locations import tables
from locations.tables import Row, Table
from tests.browser.desk_samples import SEEN

NOON = datetime(2027, 3, 1, 20, tzinfo=UTC)
SEA = Facts(id=UUID(int=1), slug="sea", name="Seattle", currency="USD")
TAC = Facts(id=UUID(int=2), slug="tac", name="Tacoma", currency="USD")
ZONE = "America/Los_Angeles"
LONG = "Milk, paper, and a new lock for the small cupboard behind the desk"
WRONG = FormState(
    {"amount": "12,50", "counted": "x"},
    (
        FieldProblem("/amount", 'Give an amount as text, like "99.00".'),
        FieldProblem("/counted", "Count it."),
        FieldProblem("/gift_code", "This is needed."),
    ),
    "Some of this needs another look.",
)
ENDPOINTS = {
    "desk_member.drawer": "/desk/till",
    "desk_member.open_drawer": "/desk/till/open",
    "desk_member.move_cash": "/desk/till/move",
    "desk_member.close_drawer": "/desk/till/close",
    "desk_member.gift_card": "/desk/gift-card",
    "desk_member.look_at_gift_card": "/desk/gift-card/look",
    "desk_member.cash_gift_card": "/desk/gift-card/cash",
    "managing.tills": "/manage/tills",
    "managing.day_parts": "/manage/day-parts",
    "managing.payout_moves": "/manage/payout-moves",
    "buying.credit": "/credit",
}


def add_addresses(app: Flask) -> None:
    """The addresses that these pages post and lead to."""
    for endpoint, path in ENDPOINTS.items():
        app.add_url_rule(path, endpoint, lambda: "", methods=["GET", "POST"])


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page, by a name: `template` or `template@variant`."""
    form = fresh_form()
    selling = {"seen": SEEN, "till": True, "action": "/sent", "back_url": "/back", "form": form}
    taking = {"place": SEA, "number": "SEA-2027-000123", "due_cents": 123_456, "currency": "USD"}
    taking |= {"till": True, "action": "/sent", "back_url": "/back", "form": form}
    card = Facts(last4="7KQ2", balance_cents=431, currency="USD")
    looking = {"places": [SEA, TAC], "place": SEA, "seen": card, "below_cents": 500}
    looking |= {"typed": "code", "form": form}
    history = {"balances": [_balance("Seattle")], "movements": [_moved(1250), _moved(-900)]}
    mine = {**history, "seen": card, "action": "/sent", "buy_url": "/buy", "form": form}
    credit = {**history, "seen": SEEN, "most_cents": 20_000, "action": "/sent"}
    credit |= {"back_url": "/back", "form": form}
    invoice = Facts(number="SEA-2027-000123", due_cents=8718, currency="USD")
    paying = {"invoice": invoice, "action": "/sent", "back_url": "/back", "form": form}
    return {
        "desk/till.html": _drawer(),
        "desk/till.html@closed": _drawer() | {"session": None, "form": WRONG},
        "desk/take.html": taking,
        "desk/take.html@closed": taking | {"till": False, "form": WRONG},
        "desk/gift_card_sale.html": selling,
        "desk/gift_card_sale.html@wrong": selling | {"form": WRONG},
        "desk/gift_card_sale.html@closed": selling | {"till": False},
        "desk/gift_card_sold.html": {
            "seen": SEEN, "code": "0123-4567-89AB-CDEF", "told": "Paid $50.00.", "back_url": "/b",
        },
        "desk/gift_card.html": looking,
        "desk/gift_card.html@none": looking | {"seen": None, "form": WRONG},
        "desk/credit.html": credit,
        "desk/credit.html@none": credit | {"balances": [], "movements": [], "form": WRONG},
        "member/credit.html": mine,
        "member/credit.html@none": mine | {"balances": [], "movements": [], "seen": None},
        "member/gift_card.html": {"action": "/sent", "form": form},
        "member/gift_card.html@wrong": {"action": "/sent", "form": WRONG},
        "member/pay_gift_card.html": paying,
        "member/pay_gift_card.html@wrong": paying | {"form": WRONG},
        "manage/tills.html": _day(),
        "manage/tills.html@empty": _day() | {"table": _table([]), "sessions": []},
    }  # fmt: skip


def _drawer() -> dict[str, Any]:
    flow = Flow(10_000, 606_900, 12_345, 500, 1200, 9000, 1000, 431, 0)
    moves = [
        Facts(kind="paid_out", amount_cents=1200, reason=LONG),
        Facts(kind="deposit", amount_cents=9000, reason="to the bank"),
    ]
    return {
        "place": SEA,
        "places": [SEA, TAC],
        "session": Facts(opened_at=NOON),
        "flow": flow,
        "moves": moves,
        "zone": ZONE,
        "table": _table(_rows()),
        "drill": lambda: tables.drill,
        "form": fresh_form(),
    }


def _day() -> dict[str, Any]:
    on = date(2027, 3, 1)
    closed = {"closed_at": NOON, "expected_cents": 10_000, "counted_cents": 9_800}
    return {
        "places": [SEA, TAC],
        "place": SEA,
        "on": on,
        "table": _table(_rows()),
        "drill": lambda: tables.drill,
        "sessions": [
            Facts(opened_on=on, currency="USD", closed_at=None),
            Facts(opened_on=on, currency="USD", **closed),
        ],
        "csv_url": "/csv",
        "json_url": "/json",
    }


def _table(rows: list[Row]) -> Table:
    return Table(COLUMNS, rows, "USD")


def _rows() -> list[Row]:
    return [
        Row(
            {
                "section": section,
                "item": item,
                "count": 12,
                "net_cents": 123_456_700,
                "tax_cents": 12_777_768,
                "total_cents": 136_234_468,
            }
        )
        for section, item in (("Taken", "Account credit"), ("Sold", "EXTENSION-1"))
    ]


def _balance(place: str) -> Facts:
    return Facts(place_name=place, balance_cents=350, currency="USD")


def _moved(cents: int) -> Facts:
    return Facts(
        at=NOON, place_name="Seattle", zone=ZONE, amount_cents=cents, currency="USD", reason=LONG
    )
