"""A run that meets members of every kind, killed at its side effects and recovered from.

After each kill the doctor must be clean and everything, here and at Stripe, exactly as if nobody
had killed anything.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.harness import KNOWN, RENEWAL, check_trace, rig

pytestmark = pytest.mark.long

KNOWN_POINTS = KNOWN[RENEWAL].points
SLICES = 6


@pytest.mark.parametrize(("kind", "share"), [("sqlite", (1, 3)), ("postgresql", (1, 9))])
def test_run_killed_in_some_of_its_states_charges_everyone_once(
    kind: str, share: tuple[int, int], tmp_path: Path
) -> None:
    report = rig(kind, tmp_path, what="states", share=share)[RENEWAL]
    assert report.findings == {}
    assert report.done >= report.states // share[1]


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("which", range(SLICES))
def test_run_killed_at_every_side_effect_charges_everyone_once(
    kind: str, which: int, tmp_path: Path
) -> None:
    report = rig(kind, tmp_path, share=(which, SLICES))[RENEWAL]
    assert report.findings == {}
    assert report.done >= KNOWN_POINTS // SLICES - 10


def test_trace_that_lost_a_tenth_of_its_points_is_no_trace() -> None:
    sent = ["sent POST /v1/payment_intents", "took effect POST /v1/payment_intents"]
    check_trace([*sent, *["after commit"] * KNOWN_POINTS], KNOWN[RENEWAL])
    with pytest.raises(AssertionError):
        check_trace([*sent, *["after commit"] * (KNOWN_POINTS * 85 // 100)], KNOWN[RENEWAL])


def test_trace_without_a_request_to_stripe_is_no_trace() -> None:
    with pytest.raises(AssertionError):
        check_trace(["after commit"] * KNOWN_POINTS, KNOWN[RENEWAL])
