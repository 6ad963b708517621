"""Pages of changing a plan and of moving home, with made-up figures."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace as Facts
from typing import Any

from flask import Flask

from config.calendar import Interval
from config.errors import FieldProblem
from config.pages import FormState

ON = date(2027, 6, 10)
TEXT = (
    "From June 10, 2027 on I agree to the plan Maintenance 4 at Seattle, as it is said here. " * 6
)
SEA, BOI = Facts(slug="sea", name="Seattle"), Facts(slug="boi", name="Boise")
PLAN = Facts(
    name="Maintenance 4 of the very long name that somebody gave it",
    plan_version_id="v1",
    allowance=4,
    interval=Interval(2, "week"),
    price_cents=1_390_000,
    currency="USD",
)
WAITING = {"name": PLAN.name, "on": ON, "paying": False, "undoable": True, "is_move": False}
RENEWAL = {
    "on": ON,
    "net_cents": 1_390_000,
    "tax_cents": 143_900,
    "tax_label": "Seattle sales tax",
    "total_cents": 1_533_900,
    "lost_sessions": 1,
    "lost_cents": 3475,
    "currency": "USD",
    "text": TEXT,
}
NOW = {
    "lines": [("Maintenance 2, unused: 1 of 31 days", -255), (PLAN.name, 448)],
    "tax_cents": 20,
    "tax_label": "Seattle sales tax",
    "total_cents": 213,
    "kept_cents": 12_300,
    "extra_credits": 0,
    "starts_anew": False,
    "unlimited": False,
    "until": ON,
    "currency": "USD",
    "text": TEXT,
}
FORM = {"form": FormState({}), "action": "/sent", "back_url": "/back"}
UNTICKED = FormState(
    {}, (FieldProblem("/agree_now", "A change needs your agreement: tick the box."),), "Look again."
)


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page, by its template."""
    both = {"quote": Facts(to=PLAN, is_covered=True), "now": NOW, "why_not_now": None, **FORM}
    both |= {"renewal": RENEWAL, "waiting": WAITING}
    moved = {"old_name": "Seattle", "new_name": "Boise", "from_on": ON, "renewal": RENEWAL}
    home = {"home_name": "Seattle", "places": [SEA, BOI], "choose_url": "/choose", **FORM}
    member = Facts(name="Anna Wilhelmina de Vries-van den Oudenaarden")
    desk = {"member": member, "place": SEA, "kept": {"location": "sea", "q": "an"}, **FORM}
    held = Facts(name="Maintenance 2", place_name="Seattle")
    listed = {"held": held, "plans": [PLAN, PLAN], "waiting": WAITING}
    return {
        "member/change_plans.html": {**listed, "back_url": "/"},
        "member/change_plans.html@none": {**listed, "plans": [], "waiting": None, "back_url": "/"},
        "member/change.html": both,
        "member/change.html@unticked": {**both, "form": UNTICKED},
        "member/change.html@later": {**both, "now": None, "why_not_now": "Only then."},
        "member/change_home.html": {**home, "chosen": None},
        "member/change_home.html@chosen": {**home, "chosen": {**moved, "text": TEXT}},
        "desk/change.html": {**desk, **listed, "chosen": False},
        "desk/change.html@chosen": {**desk, **both, "chosen": True},
        "desk/change_home.html": {**desk, **home, "chosen": None},
        "desk/change_home.html@chosen": {**desk, **home, "chosen": {**moved, "text": None}},
    }


def add_addresses(app: Flask) -> None:
    """The addresses that these pages lead to."""
    for endpoint in ("changing.plans", "changing.home", "changing.undo"):
        app.add_url_rule("/" + endpoint, endpoint, lambda: "", methods=["GET", "POST"])
