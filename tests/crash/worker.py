"""One of several workers over the same database and the same Stripe, until killed or told to end.

A process of its own. Lease time is a number in a file that the test moves, so that no test waits
for a lease to run out, and a lease may even run out under a worker that is alive.
"""

from __future__ import annotations

import json
import mmap
import sys
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app import create_app
from billing.payments import janitor
from billing.runs import run
from billing.runs.runs import ClaimLost
from config.clock import SimulatedClock
from config.secret import Secret
from locations import places
from tests.support import databases


class SharedLeaseClock:
    """Milliseconds in a file that every process maps."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes((1_000_000).to_bytes(8, "little"))
        with file.open("r+b") as opened:
            self._page = mmap.mmap(opened.fileno(), 8)

    def now_ms(self) -> int:
        return int.from_bytes(self._page[:8], "little")

    def advance(self, by_ms: int) -> None:
        """Only the test does this."""
        self._page[:8] = (self.now_ms() + by_ms).to_bytes(8, "little")


def main(task: dict[str, Any]) -> None:
    """Bill Seattle and look at what is unknown, over and over, until a file says stop."""
    folder, (address, key) = Path(task["folder"]), task["stripe"]
    settings = databases.settings_for(
        task["url"],
        folder,
        charge_threads=2,
        stripe_api_key=Secret(key),
        stripe_api_base=address,
        stripe_timeout_s=5,
        stripe_rate_per_endpoint=100_000,
        stripe_rate_total=100_000,
    )
    clock = SimulatedClock(datetime.fromisoformat(task["now"]))
    app = create_app(settings, clock=clock, leases=SharedLeaseClock(folder / "leases"))
    with app.app_context():
        while not (folder / "stop").exists():
            with suppress(ClaimLost):  # the other one took the run over: leave it to them
                run.bill(places.find("sea"), on=date.fromisoformat(task["on"]))
            janitor.look()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
