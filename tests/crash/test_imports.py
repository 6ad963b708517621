"""The daily look at Stripe is killed at its side effects, and begun again.

After each kill the fees and the payout must be booked once, and every row be as if nobody had
killed anything.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.crash.harness import ROOT
from tests.support import postgres

pytestmark = pytest.mark.long

KNOWN_POINTS = 74


def told(kind: str, folder: Path, share: tuple[int, int]) -> dict[str, Any]:
    if kind == "postgresql":
        postgres.server_address()  # started here, so that it outlives the rig
    task = {"kind": kind, "folder": str(folder), "share": share}
    command = [sys.executable, "-m", "tests.crash.import_stage", json.dumps(task)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_look_killed_at_every_side_effect_books_fees_and_payout_once(
    kind: str, tmp_path: Path
) -> None:
    found = told(kind, tmp_path, (0, 1))
    assert found["findings"] == {}
    points = [what for _, _, what in found["points"]]
    assert len(points) >= 0.9 * KNOWN_POINTS, f"only {len(points)} points were traced"
    for needed in ("sent GET /v1/balance_transactions", "sent GET /v1/payouts", "after commit"):
        assert needed in points, f"no point is {needed!r}"
    assert found["killed"] >= len(points)
    (payout,) = found["picture"]["Payout"]
    assert "booked_on=2027-01-" in payout
    assert found["picture"]["ReconcileBreak"] == []  # the stranger's charge is a moment old
    assert len(found["picture"]["StrayIntent"]) == 1
