"""Runs the rig in a process of its own, and holds what it traced to what is known to be there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support import postgres

ROOT = Path(__file__).parent.parent.parent
KNOWN_POINTS = 350
"""Side effects of the run when it was last counted: six charges, two parked, day's work around."""


@dataclass(frozen=True)
class Report:
    """What a rig did: the points it traced, how many runs it killed, what was wrong after which."""

    points: Sequence[Sequence[str | int]]
    killed: int
    findings: dict[str, list[str]]


def rig(
    kind: str,
    folder: Path,
    *,
    share: tuple[int, int] = (0, 1),
    only: str = "",
    mutant: str | None = None,
) -> Report:
    """Kill a run at this share of its points; the trace is checked before anything is believed."""
    if kind == "postgresql":
        postgres.server_address()  # started here, so that it outlives the rig
    task = {
        "kind": kind,
        "folder": str(folder),
        "share": share,
        "only": only,
        "mutant": mutant,
    }
    command = [sys.executable, "-m", "tests.crash.rig", json.dumps(task)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    report = Report(**json.loads(done.stdout.splitlines()[-1]))
    check_trace([str(what) for _, _, what in report.points])
    return report


def check_trace(what: Sequence[str]) -> None:
    """A harness that traces a run which does nothing would always be green."""
    assert len(what) >= 0.9 * KNOWN_POINTS, f"only {len(what)} points of {KNOWN_POINTS} were traced"
    for needed in ("sent POST /v1/payment_intents", "took effect POST", "after commit"):
        assert any(needed in point for point in what), f"no point is {needed!r}"
