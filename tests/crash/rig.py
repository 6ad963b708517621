"""Kills flows at one side effect after another, and tells what recovery made of each.

A process of its own. Reads its task as JSON from the command line, prints its findings as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stripe_sandbox.launch import Running, launch
from tests.crash import forks
from tests.crash.answer_flow import AnswerFlow
from tests.crash.card_flow import CardFlow
from tests.crash.dispute_flow import LostFlow, OpenedFlow
from tests.crash.flow import Flow, Picture, Way
from tests.crash.import_flow import ImportFlow
from tests.crash.page_flow import GiftCardFlow, PlanChangeFlow
from tests.crash.points import Point, holds_nothing, states
from tests.crash.post_flow import PostFlow
from tests.crash.refund_flow import RefundFlow
from tests.crash.renewal_flow import RenewalFlow
from tests.crash.sleepers import both_die, oversleep_at
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
    "letters": PostFlow,
}


def main(task: dict[str, Any]) -> dict[str, Any]:
    """`kind`, `folder`, `flows`, `what` (a name of WHAT), `share` [which, of how many], `only` (a
    pattern), `mutant`; a report for each flow.
    """
    folder = Path(task["folder"])
    with launch(db=folder / "stripe.sqlite3", now=BEFORE_ALL) as stripe:
        return {flow: _apart(flow, task, folder, stripe) for flow in task["flows"]}


def _apart(flow: str, task: dict[str, Any], folder: Path, stripe: Running) -> dict[str, Any]:
    """A flow's report, made in a fork: some flows draw receipts, and the threads that draw would
    be dead in the forks of the next one.
    """
    _, told = forks.do(lambda: _report(flow, task, folder, stripe), folder / "report.json")
    return told


def _report(flow: str, task: dict[str, Any], folder: Path, stripe: Running) -> dict[str, Any]:
    own = folder / flow.replace(" ", "_")
    own.mkdir()
    stripe.control("POST", "reset", {"now": BEFORE_ALL.isoformat()})
    with databases.fresh(task["kind"], own) as url:
        stage = Stage(
            FLOWS[flow],
            url=url,
            folder=own,
            stripe=stripe,
            stripe_file=folder / "stripe.sqlite3",
            mutant=task["mutant"],
        )
        stage.prepare()
        points = stage.trace()
        chosen = [p for p in points if re.search(task["only"], p.what)]
        which, of = task["share"]
        done, findings = WHAT[task["what"]](stage, chosen, (which, of))
        return {
            "points": points,
            "states": len(states(points)),
            "done": done,
            "findings": findings,
            "picture": stage.undisturbed(SOON),
        }


Told = tuple[int, dict[str, list[str]]]
Share = tuple[int, int]


def kill_at_every_point(stage: Stage, points: Sequence[Point], share: Share) -> Told:
    """A kill at each of this share of the points."""
    return _kill(stage, [[point] for point in points][share[0] :: share[1]])


def kill_in_every_state(stage: Stage, points: Sequence[Point], share: Share) -> Told:
    """A kill in each of this share of the states that a death can leave behind, as late as can be:
    with most of the next transaction written, and none of it committed.
    """
    return _kill(stage, states(points)[share[0] :: share[1]])


def _kill(stage: Stage, chosen: Sequence[Sequence[Point]]) -> Told:
    findings: dict[str, list[str]] = {}
    expected: dict[Way, Picture] = {}
    killed = 0
    for n, alike in enumerate(chosen):
        for way in stage.flow.ways(n, alike):
            if way not in expected:
                expected[way] = stage.undisturbed(way)
            found = stage.kill_at(alike[-1], way, expected[way])
            killed += 1
            if found:
                findings[f"{_named(alike[-1])}, {way}"] = found
                if stage.mutant is not None:
                    return killed, findings
    return killed, findings


def oversleep_in_every_state(stage: Stage, points: Sequence[Point], share: Share) -> Told:
    """Of two workers at once one sleeps in each of this share of the states, until the other has
    done its work and its lease is over; then it goes on. Every second time the other dies of it,
    and the sleeper never wakes.
    """
    findings: dict[str, list[str]] = {}
    quiet = [point for alike in states(points) for point in alike[:1] if holds_nothing(point)]
    expected = stage.undisturbed(SOON)
    slept = 0
    for n, point in enumerate(quiet[share[0] :: share[1]]):
        for name, found in (
            ("overslept", oversleep_at(stage, point, expected)),
            (f"both died, one at commit {n}", both_die(stage, point, n, expected)),
        ):
            slept += 1
            if found:
                findings[f"{_named(point)}, {name}"] = found
    return slept, findings


def _named(point: Point) -> str:
    return " ".join(map(str, point))


WHAT = {
    "points": kill_at_every_point,
    "states": kill_in_every_state,
    "sleepers": oversleep_in_every_state,
}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
