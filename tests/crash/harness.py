"""Runs the rig in a process of its own, and holds what it traced to what is known to be there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support import postgres

ROOT = Path(__file__).parent.parent.parent
RENEWAL = "renewal run"


@dataclass(frozen=True)
class Known:
    """How many side effects a flow had when they were last counted, and which must be there."""

    points: int
    needed: tuple[str, ...]


KNOWN: Mapping[str, Known] = {
    # Six charges, two parked, and the day's work around them.
    RENEWAL: Known(350, ("sent POST /v1/payment_intents", "took effect POST", "after commit")),
    "refunds": Known(
        128, ("sent POST /v1/refunds", "took effect POST /v1/refunds", "after commit")
    ),
    "disputes opened": Known(90, ("GET /v1/disputes/", "after commit")),
    "disputes lost": Known(110, ("GET /v1/disputes/", "after commit")),
    "dispute answer": Known(
        30, ("took effect POST /v1/disputes/", "took effect POST /v1/files", "after commit")
    ),
    "payout import": Known(
        74, ("sent GET /v1/balance_transactions", "sent GET /v1/payouts", "after commit")
    ),
    "gift card": Known(68, ("took effect POST /v1/checkout/sessions", "after commit")),
    "plan change": Known(104, ("took effect POST /v1/checkout/sessions", "after commit")),
    "letters": Known(
        430,
        (
            "GET /v1/payment_intents/",
            "GET /v1/checkout/sessions/",
            "after insert into webhook_event",
        ),
    ),
    "card update": Known(146, ("took effect POST /v1/payment_intents/ID/confirm", "after commit")),
}


@dataclass(frozen=True)
class Report:
    """What a rig did with a flow: the points it traced and in how many states they leave the
    world, how often it was killed, what was wrong after which; and what the world looks like when
    nobody is killed.
    """

    points: Sequence[Sequence[str | int]]
    states: int
    done: int
    findings: dict[str, list[str]]
    picture: dict[str, list[str]]


def rig(
    kind: str,
    folder: Path,
    *,
    flows: Sequence[str] = (RENEWAL,),
    what: str = "points",
    share: tuple[int, int] = (0, 1),
    only: str = "",
    mutant: str | None = None,
) -> dict[str, Report]:
    """Kill each flow at this share of its points, or in this share of its states (`what`: a name
    in the rig's WHAT); the traces are checked before anything is believed.
    """
    if kind == "postgresql":
        postgres.server_address()  # started here, so that it outlives the rig
    task = {
        "kind": kind,
        "folder": str(folder),
        "flows": flows,
        "what": what,
        "share": share,
        "only": only,
        "mutant": mutant,
    }
    command = [sys.executable, "-m", "tests.crash.rig", json.dumps(task)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    reports = {flow: Report(**report) for flow, report in told.items()}
    for flow in flows:
        check_trace([str(point) for _, _, point in reports[flow].points], KNOWN[flow])
    return reports


def check_trace(what: Sequence[str], known: Known) -> None:
    """A harness that traces a run which does nothing would always be green."""
    assert len(what) >= 0.9 * known.points, f"only {len(what)} points of {known.points} were traced"
    for needed in known.needed:
        assert any(needed in point for point in what), f"no point is {needed!r}"
