"""Two disputes are learned of, or lost, while the process is killed at its side effects.

After each kill the letters are opened again; the doctor must be clean, and the disputes, the books,
the sessions and the mail exactly as if nobody had killed anything.
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
KNOWN_POINTS = {"open": 90, "lost": 110}


def told(kind: str, folder: Path, news: str, share: tuple[int, int]) -> dict[str, Any]:
    if kind == "postgresql":
        postgres.server_address()  # started here, so that it outlives the rig
    task = {"kind": kind, "folder": str(folder), "news": news, "share": share}
    command = [sys.executable, "-m", "tests.crash.dispute_stage", json.dumps(task)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def check(found: dict[str, Any], news: str, share: int) -> None:
    assert found["findings"] == {}
    points = [what for _, _, what in found["points"]]
    assert len(points) >= 0.9 * KNOWN_POINTS[news], f"only {len(points)} points were traced"
    assert any("GET /v1/disputes/" in what for what in points)
    assert any(what == "after commit" for what in points)
    assert found["killed"] >= len(points) // share
    states = {row.split()[0] for row in found["picture"]["Dispute"]}
    assert states == {f"state={news}"}, "the letters were not opened"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("news", ["open", "lost"])
def test_disputes_killed_at_any_ninth_side_effect_are_written_down_once(
    kind: str, news: str, tmp_path: Path
) -> None:
    check(told(kind, tmp_path, news, (4, STRIDE)), news, STRIDE)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("news", ["open", "lost"])
def test_disputes_killed_at_every_side_effect_are_written_down_once(
    kind: str, news: str, tmp_path: Path
) -> None:
    check(told(kind, tmp_path, news, (0, 1)), news, 1)
