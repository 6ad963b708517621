"""A worker that dies half-way through a run: after one confirmation too many had its effect.

A process of its own, told by JSON on the command line what to bill and when to die.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app import create_app
from billing.runs import run
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from config.secret import Secret
from locations import places
from stripe_sandbox.launch import Running
from tests.crash.points import KILLED, Tracer
from tests.support import databases

CONFIRMED = "took effect POST /v1/payment_intents/ID/confirm"


class DiesAtNth(Tracer):
    """Dies the n-th time that a side effect of this name is reached."""

    def __init__(self, what: str, n: int) -> None:
        super().__init__()
        self._what = what
        self._left = n

    def reach(self, what: str) -> None:
        super().reach(what)
        self._left -= what == self._what
        if self._left == 0:
            os._exit(KILLED)


def bill_and_die(
    *, url: str, folder: Path, stripe: Running, on: date, now: datetime, paid_before: int
) -> int:
    """Bill Seattle in a process that dies with its `paid_before` + 1st charge unwritten; its exit
    code.
    """
    task = {
        "url": url,
        "folder": str(folder),
        "stripe": [stripe.url, stripe.api_key],
        "on": on.isoformat(),
        "now": now.isoformat(),
        "dies_at": paid_before + 1,
    }
    command = [sys.executable, "-m", "tests.crash.half_way", json.dumps(task)]
    root = Path(__file__).parent.parent.parent
    return subprocess.run(command, cwd=root, check=False).returncode


def main(task: dict[str, Any]) -> None:
    """Bill until death."""
    address, key = task["stripe"]
    settings = databases.settings_for(
        task["url"],
        Path(task["folder"]),
        charge_threads=1,
        stripe_api_key=Secret(key),
        stripe_api_base=address,
        stripe_rate_per_endpoint=100_000,
        stripe_rate_total=100_000,
    )
    now = datetime.fromisoformat(task["now"])
    app = create_app(settings, clock=SimulatedClock(now), leases=ManualLeaseClock())
    with app.app_context():
        DiesAtNth(CONFIRMED, task["dies_at"]).watch(db.engine)
        run.bill(places.find("sea"), on=date.fromisoformat(task["on"]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
