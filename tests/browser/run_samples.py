"""Pages about billing runs and documents, with made-up figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Flask

from billing.runs.parked_list import Held
from billing.runs.proofs import Figure, Proof, RunView
from billing.runs.rehearsals import Before, Rehearsal

NOON = datetime(2027, 1, 4, 20, 0, tzinfo=UTC)
DAY = date(2027, 1, 4)
LONG = "Anna Wilhelmina van den Berg-Vanderschueren of the Seventh"


def add_addresses(app: Flask) -> None:
    """The pages that these link to."""
    for name in ("run_page", "release", "give_period"):
        app.add_url_rule(f"/sent/{name}", f"managing.{name}", lambda: "")


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page; everything can be empty, and a proof can fail."""
    links = {"rehearse_url": "/r", "parked_url": "/p", "run_url": "/n", "json_url": "/j"}
    runs = [_run(n) for n in range(3)]
    invoice = SimpleNamespace(
        number="SEA-2027-000001", currency="USD", member_name=LONG, seller="Northlight LLC"
    )
    line = SimpleNamespace(product="MAINT-4", net_cents=13900, tax_cents=1439, tax_name="Sales tax")
    note = SimpleNamespace(
        number="SEA-CN-2027-000001", on=DAY, words="Goodwill", net_cents=13900, tax_cents=1439,
        total_cents=15339,
    )  # fmt: skip
    return {
        "manage/runs.html": {"runs": runs, "waiting": [], **links},
        "manage/runs.html@empty": {
            "runs": [],
            "waiting": [SimpleNamespace(name=LONG, slug="sea")],
            "json_url": "/j",
        },
        "manage/run.html": {"run": runs[0], "proof": _proof(0), "progress": {"succeeded": 41}},
        "manage/run.html@differs": {"run": runs[1], "proof": _proof(1), "progress": {}},
        "manage/rehearsal.html": {"on": DAY, "rehearsed": [_rehearsed()], "places": [], "slug": ""},
        "manage/parked.html": {"held": [_held(UUID(int=1)), _held(None)]},
        "manage/parked.html@empty": {"held": []},
        "billing/credit_note.html": {
            "note": note,
            "lines": [line],
            "invoice": invoice,
            "invoice_url": "/invoice",
            "pdf_url": "/file.pdf",
        },
    }


def _run(n: int) -> RunView:
    return RunView(
        UUID(int=n), UUID(int=9), "Seattle", "America/Los_Angeles", "USD", DAY,
        "running" if n == 1 else "done", n, 42, 643_986_00, n, NOON, None if n == 1 else NOON, None,
    )  # fmt: skip


def _proof(off: int) -> Proof:
    same, paid = Figure(42, 643_986_00), Figure(41, 628_647_00)
    return Proof(same, same, same, Figure(42, 643_986_00 - off), paid, paid)


def _rehearsed() -> dict[str, Any]:
    found = Rehearsal("sea", DAY, 42, 583_800_00, 60_186_00, 643_986_00, (), ())
    return {
        "place_name": "Seattle",
        "currency": "USD",
        "found": found,
        "before": Before(date(2026, 12, 4), 40, 610_000_00, 60, 1, (LONG,) * 3, (LONG,)),
        "more_cents": 33_986_00,
        "more_count": 2,
        "held": [{"name": LONG, "reason": "No tax rate is set for plan here on that date."}],
    }


def _held(member_id: UUID | None) -> Held:
    about = LONG if member_id else "payment ch_1a2b3c4d5e6f7a8b9c0d1e2f"
    why = "Money arrived for an invoice that is void."
    return Held(
        UUID(int=5),
        "Seattle",
        "America/Los_Angeles",
        about,
        member_id,
        why,
        "Look.",
        NOON,
        member_id is not None,
    )
