"""Does a call to the sandbox cost more when its store is large?

`python benchmarks/sandbox_flat_cost.py [--large 100000]` fills a store through the sandbox's own
API, measures CPU time per call at 1,000 and at `--large` intents, and prints the ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from stripe_sandbox.app import Api
from stripe_sandbox.clock import SandboxClock
from stripe_sandbox.limiter import Limiter
from stripe_sandbox.store import Store
from stripe_sandbox.wire import Request

SMALL = 1_000
ROUNDS = 400
START = 1_772_366_400
HEADERS = {"authorization": "Bearer sk_test_benchmark"}


class Caller:
    """The API without the network, so that only the store can make a difference."""

    def __init__(self, folder: Path) -> None:
        store = Store(folder / "sandbox.sqlite3")
        self.clock = SandboxClock(store, START)
        self.api = Api(store, self.clock, Limiter(per_endpoint=None, in_all=None))
        self.made: list[str] = []
        self.card_of: dict[str, str] = {}
        self.wallets = [self._wallet() for _ in range(50)]

    def post(self, path: str, form: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """One POST; the benchmark stops when it is refused."""
        headers = {**HEADERS, "idempotency-key": key} if key else HEADERS
        request = Request("POST", path, "", headers, urlencode(form).encode())
        return self._answered(request)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """One GET."""
        return self._answered(Request("GET", path, urlencode(query), HEADERS, b""))

    def create(self) -> str:
        """An unconfirmed intent of the next customer."""
        number = len(self.made)
        customer, card = self.wallets[number % len(self.wallets)]
        form = {
            "amount": 9000,
            "currency": "usd",
            "customer": customer,
            "metadata[invoice]": f"inv-{number}",
            "allowed_payment_method_types[0]": "card",
        }
        intent_id = self.post("/v1/payment_intents", form, f"pi:{number}:1")["id"]
        self.made.append(intent_id)
        self.card_of[intent_id] = card
        return intent_id

    def confirm(self, intent_id: str) -> None:
        """Charge the customer's card."""
        form = {"payment_method": self.card_of[intent_id], "off_session": "true"}
        self.post(f"/v1/payment_intents/{intent_id}/confirm", form, f"cf:{intent_id}")

    def fill(self, upto: int) -> None:
        """Paid intents, ten a second of simulated time, until there are so many."""
        while len(self.made) < upto:
            self.confirm(self.create())
            if len(self.made) % 10 == 0:
                self.clock.set(self.clock.now() + 1)

    def _wallet(self) -> tuple[str, str]:
        customer = self.post("/v1/customers", {"email": "member@test.example"})["id"]
        card = self.post("/v1/payment_methods/pm_card_visa/attach", {"customer": customer})["id"]
        return customer, card

    def _answered(self, request: Request) -> dict[str, Any]:
        response = self.api.answer(request)
        if response.status != 200:
            raise SystemExit(f"{request.method} {request.path}: {response.body.decode()}")
        return json.loads(response.body)


def measure(caller: Caller) -> dict[str, float]:
    """Median CPU milliseconds of each kind of call at the store's present size."""
    old, middle = caller.made[0], caller.made[len(caller.made) // 2]
    at = caller.get(f"/v1/payment_intents/{middle}")["created"]
    customer = caller.wallets[7][0]
    waiting: list[str] = []
    return {
        "create": _cost(lambda: waiting.append(caller.create())),
        "confirm": _cost(lambda: caller.confirm(waiting.pop())),
        "retrieve": _cost(lambda: caller.get(f"/v1/payment_intents/{old}")),
        "list by creation": _cost(
            lambda: caller.get("/v1/payment_intents", limit=10, **{"created[gte]": at})
        ),
        "list from a cursor": _cost(
            lambda: caller.get("/v1/payment_intents", limit=10, starting_after=middle)
        ),
        "charges of an intent": _cost(lambda: caller.get("/v1/charges", payment_intent=middle)),
        "intents of a customer": _cost(
            lambda: caller.get("/v1/payment_intents", customer=customer, limit=10)
        ),
    }


def _cost(call: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        call()
        taken.append(time.process_time_ns() - began)
    return statistics.median(taken) / 1e6


def main() -> None:
    """Fill, measure, fill, measure, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=100_000)
    large = parser.parse_args().large
    with tempfile.TemporaryDirectory() as folder:
        caller = Caller(Path(folder))
        caller.fill(SMALL)
        measure(caller)
        small_costs = measure(caller)
        caller.fill(large)
        large_costs = measure(caller)
    print(f"{'call':24}{SMALL:>12,}{large:>12,}   ratio   (median CPU ms a call)")
    for name, small in small_costs.items():
        cost = large_costs[name]
        print(f"{name:24}{small:12.3f}{cost:12.3f}{cost / small:8.2f}")


if __name__ == "__main__":
    main()
