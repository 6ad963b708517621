"""Kills a flow at one side effect after another, and tells what recovery made of each.

A process of its own. Reads its task as JSON from the command line, prints its findings as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stripe_sandbox.launch import launch
from tests.crash.answer_flow import AnswerFlow
from tests.crash.card_flow import CardFlow
from tests.crash.dispute_flow import LostFlow, OpenedFlow
from tests.crash.flow import Flow, Picture, Way
from tests.crash.import_flow import ImportFlow
from tests.crash.page_flow import GiftCardFlow, PlanChangeFlow
from tests.crash.points import Point
from tests.crash.refund_flow import RefundFlow
from tests.crash.renewal_flow import RenewalFlow
from tests.crash.stage import SOON, Stage
from tests.crash.world import BEFORE_ALL
from tests.support import databases

FLOWS: Mapping[str, type[Flow]] = {
    "renewal run": RenewalFlow,
    "refunds": RefundFlow,
    "disputes opened": OpenedFlow,
    "disputes lost": LostFlow,
    "dispute answer": AnswerFlow,
    "payout import": ImportFlow,
    "gift card": GiftCardFlow,
    "plan change": PlanChangeFlow,
    "card update": CardFlow,
}


def main(task: dict[str, Any]) -> dict[str, Any]:
    """`kind`, `folder`, `flow`, `share` [which, of how many], `only` (a pattern), `mutant`."""
    folder = Path(task["folder"])
    with (
        databases.fresh(task["kind"], folder) as url,
        launch(db=folder / "stripe.sqlite3", now=BEFORE_ALL) as stripe,
    ):
        made, mutant = FLOWS[task["flow"]], task["mutant"]
        stage = Stage(made, url=url, folder=folder, stripe=stripe, mutant=mutant)
        stage.prepare()
        points = stage.trace()
        which, of = task["share"]
        chosen = [p for p in points if re.search(task["only"], p.what)][which::of]
        expected: dict[Way, Picture] = {SOON: stage.undisturbed(SOON)}
        killed, findings = kill_each(stage, chosen, expected, stop_at_first=mutant is not None)
    return {
        "points": points,
        "killed": killed,
        "findings": findings,
        "picture": expected[SOON],
    }


def kill_each(
    stage: Stage, chosen: Iterable[Point], expected: dict[Way, Picture], *, stop_at_first: bool
) -> tuple[int, dict[str, list[str]]]:
    """How often the flow was killed, and what was wrong after which of them."""
    findings: dict[str, list[str]] = {}
    killed = 0
    for n, point in enumerate(chosen):
        for way in stage.flow.ways(n, point):
            if way not in expected:
                expected[way] = stage.undisturbed(way)
            found = stage.kill_at(point, way, expected[way])
            killed += 1
            if found:
                findings[f"{' '.join(map(str, point))}, {way}"] = found
                if stop_at_first:
                    return killed, findings
    return killed, findings


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
