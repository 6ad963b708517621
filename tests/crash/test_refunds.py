"""Money is promised and sent back while the process is killed at its side effects.

After each kill the clerk clicks again and the jobs go on, some before and some after Stripe's
letters, some after Stripe forgot its keys; everything must be as if nobody had killed anything.
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

STRIDE = 9
KNOWN_POINTS = 100


def told(kind: str, folder: Path, share: tuple[int, int]) -> dict[str, Any]:
    if kind == "postgresql":
        postgres.server_address()  # started here, so that it outlives the rig
    task = {"kind": kind, "folder": str(folder), "share": share}
    command = [sys.executable, "-m", "tests.crash.refund_stage", json.dumps(task)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def check(found: dict[str, Any], share: int) -> None:
    assert found["findings"] == {}
    points = [what for _, _, what in found["points"]]
    assert len(points) >= 0.9 * KNOWN_POINTS, f"only {len(points)} points were traced"
    for needed in ("sent POST /v1/refunds", "took effect POST /v1/refunds", "after commit"):
        assert needed in points, f"no point is {needed!r}"
    assert found["killed"] >= len(points) // share
    assert found["picture"]["at Stripe"] == ["2000 succeeded", "7283 succeeded"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_refunds_killed_at_any_ninth_side_effect_go_back_once(kind: str, tmp_path: Path) -> None:
    check(told(kind, tmp_path, (4, STRIDE)), STRIDE)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_refunds_killed_at_every_side_effect_go_back_once(kind: str, tmp_path: Path) -> None:
    check(told(kind, tmp_path, (0, 1)), 1)
