"""Pages about disputes, with made-up figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from billing.disputes import fraud_warnings
from billing.disputes.dispute_list import Row
from billing.models import DisputeAnswer
from billing.rules.evidence import (
    Agreed,
    Billed,
    Ended,
    Evidence,
    GivenBack,
    Visited,
    Written,
)

NOON = datetime(2027, 1, 12, 20, tzinfo=UTC)
ON = date(2027, 1, 12)
SEA = UUID(int=1)
LONG = "I agree that Maintenance 4 renews every month until I cancel it. " * 9


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page, by its template."""
    links = {"csv_url": "/disputes.csv", "json_url": "/disputes.json", "now": NOON}
    one = {
        "bundle_url": "/evidence.zip",
        "answer": None,
        "answer_url": "/answer",
        "noted_url": "/noted",
        "back_url": "/disputes",
    }
    refused = DisputeAnswer(state="failed", failure_code="too_late")
    rows = [
        _row("open", due=NOON, refunded_cents=4417),
        _row("open", due=datetime(2027, 1, 2, tzinfo=UTC)),
        _row("won", noted=NOON),
        _row("lost", noted=NOON),
        _row("inquiry", due=NOON),
        _row("closed"),
    ]
    nothing = {name: [] for name in ("agreed", "letters", "visits", "endings", "given_back")}
    return {
        "manage/disputes.html": {
            "rows": rows,
            "warnings": [_warning()] * 3,
            "may_act": {SEA},
            **links,
        },
        "manage/disputes.html@none": {"rows": [], "warnings": [], "may_act": set(), **links},
        "manage/dispute.html": {"row": rows[0], "found": _evidence(), **one},
        "manage/dispute.html@decided": {"row": rows[3], "found": _evidence(**nothing), **one},
        "manage/dispute.html@asked": {"row": rows[4], "found": _evidence(), **one},
        "manage/dispute.html@refused": {
            "row": rows[0],
            "found": _evidence(),
            **one,
            "answer": refused,
        },
        "manage/dispute.html@silent": {
            "row": rows[0],
            "found": _evidence(),
            **one,
            "answer": DisputeAnswer(state="sending", failure_code="no_answer", looks=3),
        },
    }


def _warning() -> fraud_warnings.Row:
    return fraud_warnings.Row(
        id=UUID(int=3), location_id=SEA, place_name="Seattle", member_id=UUID(int=4),
        member_name="Maximiliana Featherstonehaugh", invoice_id=UUID(int=5),
        invoice_number="SEA-2027-000123", kind="unauthorized use of card", warned_on=ON,
        currency="USD", paid_cents=123_456, left_cents=123_456,
    )  # fmt: skip


def _row(
    state: str,
    *,
    due: datetime | None = None,
    noted: datetime | None = None,
    refunded_cents: int = 0,
) -> Row:
    return Row(
        id=UUID(int=7),
        stripe_id="dp_1",
        state=state,
        location_id=UUID(int=1),
        place_name="Seattle",
        zone="America/Los_Angeles",
        member_id=UUID(int=2),
        member_name="Anna Wilhelmina de Vries-van den Oudenaarden",
        invoice_id=UUID(int=3),
        invoice_number="SEA-2027-000017",
        reason="subscription_canceled",
        opened_on=ON,
        closed_on=None if state in ("open", "inquiry") else ON,
        currency="USD",
        amount_cents=1_534_000,
        paid_cents=1_534_000,
        refunded_cents=refunded_cents,
        due_at=due,
        noted_at=noted,
    )


def _evidence(**other: Any) -> Evidence:
    told: dict[str, Any] = {
        "agreed": [
            Agreed("Maintenance 4 (used)", "1", LONG, 13900, NOON, "Seattle", "203.0.113.7", "x")
        ],
        "letters": [Written("Price rise, first letter", ON, NOON, NOON)],
        "visits": [Visited(ON, "Seattle"), Visited(ON, "Tacoma")],
        "endings": [Ended("Plan cancelled", NOON, "member")],
        "given_back": [GivenBack("Credit note SEA-CN-2027-000001", ON, 4417, "written")],
    }
    return Evidence(
        dispute_id=UUID(int=7),
        stripe_id="dp_1",
        reason="subscription_canceled",
        state="open",
        opened_at=NOON,
        due_at=NOON,
        amount_cents=1_534_000,
        currency="USD",
        place_name="Seattle",
        zone="America/Los_Angeles",
        member_name="Anna Wilhelmina de Vries-van den Oudenaarden",
        member_email="anna@example.com",
        invoice_id=UUID(int=3),
        invoice_number="SEA-2027-000017",
        issued_on=ON,
        charge_id="ch_1",
        paid_on=ON,
        paid_cents=1_534_000,
        lines=[Billed("Maintenance 4", 1_390_000, "WA sales tax", 144_000, ON, ON)],
        **{**told, **other},
    )
