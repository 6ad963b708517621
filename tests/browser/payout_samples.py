"""Pages about payouts and differences with Stripe, with made-up figures."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from billing.reconciling.break_report import Shown
from billing.reconciling.payout_report import FIGURES, Part
from billing.reconciling.unpaid_out import Standing
from config.pages import FormState

LINKS = {"csv_url": "/file.csv", "json_url": "/file.json"}
SUMS = (1_234_567_89, -98_765_43, -10_925, 0, -3_612_34, 1_132_078_87)

ASKS = {"payout": "po_1a2b3c4d5e6f7a8b9c0d1e2f", "location": "sea"}


def samples() -> dict[str, dict[str, Any]]:
    """A context for each page; everything can be empty."""
    breaks = {"explain_url": "/sent", "place_url": "/sent", **LINKS}
    query = {"location": "", "from": "2027-01", "to": "2027-01"}
    asked = {"places": [], "query": query, "form": FormState({}), **LINKS}
    return {
        "manage/payouts.html": {"parts": _parts(), "standings": _standings(), **asked},
        "manage/payouts.html@none": {"parts": [], "standings": [], **asked},
        "manage/breaks.html": {"found": _breaks(), "places": [], **breaks},
        "manage/breaks.html@none": {"found": [], "places": [], **breaks},
    }


def _parts() -> list[Part]:
    cents = dict(zip(FIGURES, SUMS, strict=True))
    made, arrives = date(2027, 1, 4), date(2027, 1, 6)
    return [
        Part("po_1a2b3c4d5e6f7a8b9c0d1e2f", made, arrives, state, "USD", place, cents, ASKS)
        for place in ("Seattle", "Tacoma", "No studio yet")
        for state in ("Sent", "Sent back by the bank")
    ]


def _standings() -> list[tuple[str, Standing]]:
    return [
        ("Seattle", Standing(UUID(int=1), "USD", 1_234_567, 1_200_000, 34_567)),
        ("Tacoma", Standing(UUID(int=2), "USD", 98_765, 98_000, 0)),
    ]


def _breaks() -> list[Shown]:
    def shown(n: int, words: str, days: int, owner: str, note: str) -> Shown:
        return Shown(
            UUID(int=n), words, "Seattle" if n % 2 else "", f"ch_1a2b3c4d5e6f7a8b9c0d{n}",
            "charge of 2027-01-04", 10925 if n % 2 else None, 10900, "USD", date(2027, 1, 4),
            days, owner, note, not n % 2,
        )  # fmt: skip

    return [
        shown(1, "A payment of another amount at Stripe", 0, "", ""),
        shown(2, "Money at Stripe that nothing of ours tells of", 3, "Ada Lovelace", ""),
        shown(3, "Money at Stripe that differs from the books", 41, "Ada Lovelace", "Why? " * 50),
    ]
