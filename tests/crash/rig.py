"""Kills a renewal run at one side effect after another, and tells what recovery made of each.

A process of its own. Reads its task as JSON from the command line, prints its findings as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from stripe_sandbox.launch import launch
from tests.crash.points import Point
from tests.crash.recovery import Way
from tests.crash.stage import Stage
from tests.crash.world import BEFORE_ALL
from tests.support import databases


def main(task: dict[str, Any]) -> dict[str, Any]:
    """`kind`, `folder`, `share` [which, of how many], `only` (a pattern), `mutant` or null."""
    folder = Path(task["folder"])
    with (
        databases.fresh(task["kind"], folder) as url,
        launch(db=folder / "stripe.sqlite3", now=BEFORE_ALL) as stripe,
    ):
        stage = Stage(url, folder, stripe, task["mutant"])
        stage.prepare()
        points = stage.trace()
        which, of = task["share"]
        chosen = [p for p in points if re.search(task["only"], p.what)][which::of]
        killed, findings = kill_each(stage, chosen, stop_at_first=task["mutant"] is not None)
    return {"points": points, "killed": killed, "findings": findings}


def kill_each(
    stage: Stage, chosen: Iterable[Point], *, stop_at_first: bool
) -> tuple[int, dict[str, list[str]]]:
    """How many runs were killed, and what was wrong after which of them."""
    expected: dict[Way, dict[str, list[str]]] = {}
    findings: dict[str, list[str]] = {}
    killed = 0
    for n, point in enumerate(chosen):
        for way in ways(n, point):
            if way not in expected:
                expected[way] = stage.undisturbed(way)
            found = stage.kill_at(point, way, expected[way])
            killed += 1
            if found:
                findings[f"{' '.join(map(str, point))}, {way}"] = found
                if stop_at_first:
                    return killed, findings
    return killed, findings


def ways(n: int, point: Point) -> Iterator[Way]:
    """Every point is recovered from soon; what concerns money also when Stripe forgot its keys."""
    yield Way(letters_first=n % 2 == 1, keys_forgotten=False)
    asks = any(what in point.what for what in ("payment_intents", "v1/refunds"))
    if asks or (point.thread == "charge" and "commit" in point.what):
        yield Way(letters_first=False, keys_forgotten=True)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
