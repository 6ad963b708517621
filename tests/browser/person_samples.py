"""The pages of a starter's phase, of notes and of two records of one person, with made-up facts."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace as Facts
from typing import Any
from uuid import UUID

from flask import Flask

from config.pages import FormState, fresh_form
from membership.rules import gauge

SEA = Facts(id=UUID(int=1), slug="sea", name="Seattle")
LONG_NAME = "Anna-Maria Wolfeschlegelsteinhausenbergerdorff"
OWN = {
    "own.agree": "/gauge/agree",
    "own.note": "/gauge/sessions/<visit_id>",
    "own.erase": "/gauge/erase",
    "own.withdraw": "/gauge/withdraw",
    "own.health_policy": "/health-data",
}


def add_addresses(app: Flask) -> None:
    """The addresses that these pages post to."""
    for endpoint, path in OWN.items():
        app.add_url_rule(path, endpoint, lambda **_: "", methods=["GET", "POST"])


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page, by a name: `template` or `template@variant`."""
    return {**_own(), **_at_the_desk(), **_managed()}


def _own() -> dict[str, dict[str, Any]]:
    notes = {"form": fresh_form(), "scale": range(11), "offer": "extension", "wording": None}
    session = Facts(visit_id=UUID(int=5), on=date(2027, 1, 4), place_name="Seattle", score=None)
    noted = Facts(visit_id=UUID(int=6), on=date(2027, 1, 6), place_name="Tacoma", score=4)
    words = gauge.wording("Northlight Cryo")
    consent = Facts(text=words.text, text_version=words.version)
    terms = Facts(name="Extension 1", currency="USD")
    amounts = Facts(net_cents=3300, tax_cents=342, total_cents=3642)
    offer = Facts(terms=terms, location=SEA, amounts=amounts, last_day=date(2027, 1, 19))
    buying = {"action": "/extension", "back_url": "/", "form": fresh_form()}
    return {
        "member/gauge.html": {**notes, "consent": consent, "sessions": [noted, session]},
        "member/gauge.html@first": {
            "form": fresh_form(), "consent": None, "wording": words, "sessions": [], "offer": None,
        },
        "member/gauge_policy.html": {"parts": gauge.POLICY, "version": gauge.VERSION},
        "member/extension.html": {**buying, "offer": offer},
        "member/extension.html@over": {**buying, "offer": None},
    }  # fmt: skip


def _at_the_desk() -> dict[str, dict[str, Any]]:
    shown: dict[str, Any] = {
        "member": Facts(member_id=UUID(int=7), name=LONG_NAME),
        "place": SEA,
        "kept": {"location": "sea"},
        "action": "/act",
        "back_url": "/card",
        "form": fresh_form(),
    }
    pack = Facts(id=UUID(int=8), name="Starter 3", kind="starter", place_name="Seattle", left=2)
    pack.state, pack.last_day, pack.phase_end = "expired", date(2027, 1, 13), date(2027, 1, 14)
    planned = Facts(old_end=date(2027, 1, 14), new_end=date(2027, 1, 17), sessions_back=2)
    planned.value_back_cents = 6600
    typed = FormState({"pack_id": str(pack.id), "days": "3", "reason": "was ill"})
    other = Facts(name="Anna Moore", email="anna.moore@example.com", phone="+12065550177")
    other.since, other.packs, other.visits = date(2027, 1, 4), 1, 12
    other.sessions_left, other.has_plan = 3, True
    return {
        "desk/extend.html": {**shown, "packs": [pack], "most_days": 60, "planned": None},
        "desk/extend.html@planned": {
            **shown, "packs": [pack], "planned": planned, "currency": "USD", "form": typed,
        },
        "desk/extend.html@none": {**shown, "packs": [], "most_days": 60, "planned": None},
        "desk/done.html": {**shown, "packs": [pack]},
        "desk/leave.html": shown,
        "desk/merge.html": {**shown, "planned": None},
        "desk/merge.html@planned": {**shown, "planned": other, "form": typed},
    }  # fmt: skip


def _managed() -> dict[str, dict[str, Any]]:
    leave = Facts(
        on=date(2027, 1, 4), name=LONG_NAME, place_name="Seattle", by="Manager", used_on=None
    )
    leave.reason = "A year ago, and ill since. " * 5
    card = Facts(on=date(2027, 2, 1), name="Ben", place_name="Boise", earlier_on=date(2027, 1, 4))
    card.earlier_place_name = "Seattle"
    return {
        "manage/starters.html": {
            "leaves": [leave], "cards": [(card, "a guest of another studio")], "csv_url": "/csv",
        },
        "manage/starters.html@empty": {"leaves": [], "cards": [], "csv_url": "/csv"},
    }  # fmt: skip
