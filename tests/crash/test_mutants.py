"""The harness turns red for ways to charge that look right and are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.harness import rig

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("mutant", "only", "said"),
    [
        # Stripe made a second intent, because it could not know that the first was ours.
        ("fresh_key_per_try", r"^took effect POST /v1/payment_intents$", "intent"),
        # Once Stripe has forgotten the key, nothing tells that the first intent was paid.
        ("no_row_before_the_call", r"^took effect POST .*/confirm$", "charge"),
        # Between the two commits lies an attempt that succeeded and an invoice nobody paid.
        ("result_and_postings_apart", r"^after commit$", "missing"),
    ],
)
def test_mutant_is_caught(mutant: str, only: str, said: str, tmp_path: Path) -> None:
    report = rig("sqlite", tmp_path, only=only, mutant=mutant)
    assert report.findings, f"{mutant} was not noticed in {report.killed} kills"
    assert any(said in line for lines in report.findings.values() for line in lines)
