"""What a renewal costs us besides the SDK, and whether memory grows with the members.

`python -m benchmarks.renewal_cpu [--due 2000] [--members 1000 10000 50000] [--kind ...]` bills
whole runs: first through the SDK against a server that answers at once, counting what its calls
take apart from the rest; then with no SDK at all, each size in a process of its own, which says
how far its memory rose above where it stood when the run began (Linux only).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import ground, stand_in
from benchmarks.measure import Costs, highest_memory_mb, memory_from_here_mb
from billing.gateway import Gateway, Intent
from billing.runs import run
from config.secret import Secret

T = TypeVar("T")
UNPACED = {
    "stripe_rate_per_endpoint": 1_000_000,
    "stripe_rate_total": 1_000_000,
    "stripe_api_key": Secret("sk_test_stand_in"),
}


class CountedGateway(Gateway):
    """The real door, which counts the CPU seconds that its calls take in all threads."""

    def __init__(self, *, api_key: str, api_base: str | None, timeout_s: float) -> None:
        super().__init__(api_key=api_key, api_base=api_base, timeout_s=timeout_s)
        self.cpu = 0.0
        self._lock = threading.Lock()

    def create_intent(self, **given: Any) -> Intent:
        """C1, counted."""
        return self._counted(lambda: super(CountedGateway, self).create_intent(**given))

    def confirm_intent(self, stripe_id: str, **given: Any) -> Intent:
        """C2, counted."""
        return self._counted(lambda: super(CountedGateway, self).confirm_intent(stripe_id, **given))

    def _counted(self, call: Callable[[], T]) -> T:
        began = time.thread_time()
        try:
            return call()
        finally:
            with self._lock:
                self.cpu += time.thread_time() - began


class InstantGateway(Gateway):
    """Says yes without asking anybody."""

    def __init__(self) -> None:
        super().__init__(api_key="sk_test_instant", api_base=None, timeout_s=1.0)
        self._numbers = count(1)

    def create_intent(
        self, *, key: str, customer_id: str, amount_cents: int, currency: str, metadata: Any
    ) -> Intent:
        """An intent of this amount."""
        return _intent(f"pi_{next(self._numbers)}_{amount_cents}", "requires_confirmation")

    def confirm_intent(self, stripe_id: str, *, key: str, payment_method_id: str) -> Intent:
        """Paid."""
        return _intent(stripe_id, "succeeded")


def cpu(kind: str, due: int) -> None:
    """Print the CPU of a renewal outside the SDK, and inside."""
    with stand_in.running(latency_ms=0) as address:
        gateway = CountedGateway(api_key="sk_test_stand_in", api_base=address, timeout_s=15)
        with ground.opened(kind, gateway=gateway, charge_threads=8, **UNPACED):
            here = ground.studio_with(due)
            costs = Costs()
            report = costs.time(lambda: run.bill(here, on=ground.TODAY))
    assert report.outcomes["succeeded"] == due
    ours, theirs = (costs.cpu - gateway.cpu) / due, gateway.cpu / due
    print(
        f"{kind}, {due:,} renewals: {ours * 1e3:.2f} ms CPU each outside the SDK,"
        f" {theirs * 1e3:.2f} ms in its two calls; {due / costs.wall:.0f} a second",
        flush=True,
    )


def memory(kind: str, due: int) -> None:
    """Print how far memory rose while so many were billed."""
    with ground.opened(kind, gateway=InstantGateway(), charge_threads=8, **UNPACED):
        here = ground.studio_with(due)
        before_mb = memory_from_here_mb()
        report = run.bill(here, on=ground.TODAY)
        assert report.outcomes["succeeded"] == due
        rose_mb = highest_memory_mb() - before_mb
    print(f"{kind}, {due:,} members: memory rose by {rose_mb:.1f} MB", flush=True)


def main() -> None:
    """Measure CPU here, and memory in a process per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--due", type=int, default=2_000)
    parser.add_argument("--members", type=int, nargs="*", default=[1_000, 10_000, 50_000])
    parser.add_argument("--kind", nargs="+", choices=ground.KINDS, default=ground.KINDS)
    parser.add_argument("--only-memory", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only_memory:
        memory(asked.kind[0], asked.members[0])
        return
    for kind in asked.kind:
        cpu(kind, asked.due)
    for kind in asked.kind:
        for members in asked.members if Path("/proc/self/clear_refs").exists() else ():
            again = ["--only-memory", "--members", str(members), "--kind", kind]
            subprocess.run([sys.executable, "-m", "benchmarks.renewal_cpu", *again], check=True)


def _intent(id_: str, status: str) -> Intent:
    paid = status == "succeeded"
    return Intent(
        id=id_,
        status=status,
        amount_cents=int(id_.rpartition("_")[2]),
        currency="USD",
        charge_id=id_.replace("pi_", "ch_") if paid else None,
        decline_code=None,
        advice_code=None,
        next_action_url=None,
        customer_id=None,
        payment_method_id=None,
        live_mode=False,
        created=1,
        metadata={},
    )


if __name__ == "__main__":
    main()
