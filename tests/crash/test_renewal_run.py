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
STRIDE = 12
SLICES = 6


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_run_killed_at_any_twelfth_side_effect_charges_everyone_once(
    kind: str, tmp_path: Path
) -> None:
    report = rig(kind, tmp_path, share=(6, STRIDE))
    assert report.findings == {}
    assert report.killed >= KNOWN_POINTS // STRIDE - 2


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("which", range(SLICES))
def test_run_killed_at_every_side_effect_charges_everyone_once(
    kind: str, which: int, tmp_path: Path
) -> None:
    report = rig(kind, tmp_path, share=(which, SLICES))
    assert report.findings == {}
    assert report.killed >= KNOWN_POINTS // SLICES - 10


def test_trace_that_lost_a_tenth_of_its_points_is_no_trace() -> None:
    sent = ["sent POST /v1/payment_intents", "took effect POST /v1/payment_intents"]
    check_trace([*sent, *["after commit"] * KNOWN_POINTS], KNOWN[RENEWAL])
    with pytest.raises(AssertionError):
        check_trace([*sent, *["after commit"] * (KNOWN_POINTS * 85 // 100)], KNOWN[RENEWAL])


def test_trace_without_a_request_to_stripe_is_no_trace() -> None:
    with pytest.raises(AssertionError):
        check_trace(["after commit"] * KNOWN_POINTS, KNOWN[RENEWAL])
