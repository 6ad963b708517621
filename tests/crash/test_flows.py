"""Whatever moves money besides a renewal is killed at its side effects and recovered from.

Refunds promised and sent, disputes learned of and lost, the daily look at Stripe with a payout in
it, a gift card and a dearer plan bought on Stripe's page, a new card that pays what is owed,
letters of all kinds. Then members press again, letters arrive or do not, jobs go on; and
everything, here and at Stripe, must be as if nobody had killed anything.

Most side effects leave nothing behind until a commit. Every day there is a kill in each state that
a death can leave behind, on SQLite, and in some on PostgreSQL; at night one at each side effect,
on both databases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.crash.harness import KNOWN, RENEWAL, Report, rig

pytestmark = pytest.mark.long

KINDS = ["sqlite", "postgresql"]
OUT = ("refunds", "disputes opened", "disputes lost", "dispute answer")
IN = ("gift card", "plan change", "card update", "payout import")
LETTERS = ("letters",)
# All states by day on SQLite but of letters, of which there are many; some on PostgreSQL.
EVERY_DAY = [
    pytest.param(flows, kind, share, id=f"{name}-{kind}")
    for name, flows, kind, share in (
        ("money out", OUT, "sqlite", (0, 1)),
        ("money in", IN, "sqlite", (0, 1)),
        ("letters", LETTERS, "sqlite", (1, 4)),
        ("money out", OUT, "postgresql", (1, 6)),
        ("money in", IN, "postgresql", (1, 6)),
        ("letters", LETTERS, "postgresql", (3, 16)),
    )
]

# What is there at the end, one pattern for each row: a flow that does nothing looks unharmed, too.
DONE: Mapping[str, Mapping[str, list[str]]] = {
    "refunds": {"at Stripe": ["^2000 succeeded$", "^7283 succeeded$"]},
    "disputes opened": {"Dispute": ["^state=open ", "^state=open "]},
    "disputes lost": {"Dispute": ["^state=lost ", "^state=lost "]},
    "dispute answer": {
        "at Stripe": ["^8718 under_review$"],
        "DisputeAnswer": ["^about=dispute state=submitted"],
    },
    "payout import": {
        "Payout": ["booked_on=2027-01-"],
        "ReconcileBreak": [],  # the stranger's charge is a moment old
        "StrayIntent": [""],
    },
    "gift card": {
        "at Stripe": ["^10925 succeeded$", "^7500 succeeded$"],
        "GiftCard": ["^state=active initial_cents=7500"],
        "GiftCardEntry": ["^kind=sold amount_cents=7500$"],
    },
    "plan change": {
        "at Stripe": ["^3784 succeeded$", "^8718 succeeded$", "^8718 succeeded$"],
        "PlanChange": ["^state=applied"],
    },
    "card update": {
        "at Stripe": ["^8718 failed$"] * 2 + ["^8718 succeeded$"] * 4,
        "StripeCustomer": ["^card_brand=mastercard"] * 2,
        "cards entered": ["^2$"],
    },
    "letters": {
        "at Stripe": ["^10925 succeeded$", "^8718 failed$"] + ["^8718 succeeded$"] * 8,
        "Dispute": ["^state=open "],
        "Refund": ["state=succeeded amount_cents=2000"],
        "cards entered": ["^1$"],
        "parked": [],
    },
}


def assert_unharmed(flow: str, report: Report) -> None:
    """Nothing was found, and the flow itself has happened."""
    assert report.findings == {}, flow
    for name, patterns in DONE[flow].items():
        rows = report.picture[name]
        assert len(rows) == len(patterns), f"{name}: {rows}"
        for row, pattern in zip(rows, patterns, strict=True):
            assert re.search(pattern, row), f"{name}: {rows}"


@pytest.mark.parametrize(("flows", "kind", "share"), EVERY_DAY)
def test_flows_killed_in_any_state_they_pass_end_as_if_nobody_had(
    flows: tuple[str, ...], kind: str, share: tuple[int, int], tmp_path: Path
) -> None:
    for flow, report in rig(kind, tmp_path, flows=flows, what="states", share=share).items():
        assert report.done >= report.states // share[1], flow
        assert_unharmed(flow, report)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", [*OUT, *IN, *LETTERS])
def test_flow_killed_at_every_side_effect_ends_as_if_nobody_had(
    flow: str, kind: str, tmp_path: Path
) -> None:
    report = rig(kind, tmp_path, flows=[flow])[flow]
    assert report.done >= len(report.points)
    assert_unharmed(flow, report)


def test_every_flow_is_killed_here_or_as_a_run() -> None:
    assert {*OUT, *IN, *LETTERS, RENEWAL} == KNOWN.keys()
