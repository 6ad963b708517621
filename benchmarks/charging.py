"""How near to its request limit does one process charge, where every call takes 300 ms?

`python -m benchmarks.charging [--seconds 20] [--kind sqlite postgresql]` bills as many members as
the limit allows in that time, and counts the calls where they arrive: in another process.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

from benchmarks import ground, stand_in
from benchmarks.stand_in import Arrivals
from billing.runs import run
from config.secret import Secret

LATENCY_MS = 300


class Limit(NamedTuple):
    """Requests a second; `renewals` is what both allow together, two calls each."""

    per_endpoint: int
    in_all: int

    @property
    def renewals(self) -> float:
        """Renewals a second that the limit leaves room for."""
        return min(self.per_endpoint, self.in_all / 2)


LIMITS = (Limit(25, 100), Limit(100, 100))


def bill(kind: str, limit: Limit, *, seconds: int) -> tuple[Arrivals, int]:
    """Bill members for about so long; when the calls arrived, and how many were paid."""
    with (
        stand_in.running(latency_ms=LATENCY_MS) as address,
        ground.opened(
            kind,
            stripe_api_base=address,
            stripe_api_key=Secret("sk_test_stand_in"),
            stripe_rate_per_endpoint=limit.per_endpoint,
            stripe_rate_total=limit.in_all,
            charge_threads=64,
        ),
    ):
        here = ground.studio_with(int(limit.renewals * seconds))
        report = run.bill(here, on=ground.TODAY)
        return stand_in.arrivals(address), report.outcomes["succeeded"]


def rate(arrivals: Arrivals) -> float:
    """Renewals a second, from the first confirmation to the last creation: both in full swing."""
    created, confirmed = sorted(arrivals["create"]), sorted(arrivals["confirm"])
    first, last = confirmed[0], created[-1]
    within = [at for at in created + confirmed if first < at <= last]
    return len(within) / 2 / (last - first)


def main() -> None:
    """Measure both limits on each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--kind", nargs="+", choices=ground.KINDS, default=ground.KINDS)
    asked = parser.parse_args()
    for kind in asked.kind:
        for limit in LIMITS:
            arrivals, paid = bill(kind, limit, seconds=asked.seconds)
            reached = rate(arrivals)
            print(
                f"{kind}, {limit.per_endpoint} a second per endpoint and {limit.in_all} in all: "
                f"{reached:.1f} of {limit.renewals:.0f} renewals a second,"
                f" {reached / limit.renewals:.1%} of the limit ({paid} paid)",
                flush=True,
            )


if __name__ == "__main__":
    main()
