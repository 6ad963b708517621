"""Whatever moves money besides a renewal is killed at its side effects and recovered from.

Refunds promised and sent, disputes learned of and lost, the daily look at Stripe with a payout in
it, a gift card and a dearer plan bought on Stripe's page, a new card that pays what is owed. Then
members press again, letters arrive or do not, jobs go on; and everything, here and at Stripe, must
be as if nobody had killed anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.crash.harness import KNOWN, RENEWAL, rig

pytestmark = pytest.mark.long

FLOWS = sorted(set(KNOWN) - {RENEWAL})
KINDS = ["sqlite", "postgresql"]
STRIDE = 24

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
}


def kill(kind: str, folder: Path, flow: str, share: tuple[int, int]) -> None:
    """This share of a flow's points, and the flow itself has happened."""
    report = rig(kind, folder, flow=flow, share=share)
    assert report.findings == {}
    assert report.killed >= len(report.points) // share[1]
    for name, patterns in DONE[flow].items():
        rows = report.picture[name]
        assert len(rows) == len(patterns), f"{name}: {rows}"
        for row, pattern in zip(rows, patterns, strict=True):
            assert re.search(pattern, row), f"{name}: {rows}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", FLOWS)
def test_flow_killed_at_every_24th_side_effect_ends_as_if_nobody_had(
    flow: str, kind: str, tmp_path: Path
) -> None:
    kill(kind, tmp_path, flow, (4, STRIDE))


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", FLOWS)
def test_flow_killed_at_every_side_effect_ends_as_if_nobody_had(
    flow: str, kind: str, tmp_path: Path
) -> None:
    kill(kind, tmp_path, flow, (0, 1))
