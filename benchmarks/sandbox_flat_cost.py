"""Does a call to the sandbox cost more when its store is large?

`python -m benchmarks.sandbox_flat_cost [--large 100000]` fills one store through the sandbox's own
API with 1,000 and one with `--large` intents, and prints the CPU time of a call in each.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
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


def calls(caller: Caller) -> dict[str, Callable[[], object]]:
    """The kinds of call that are compared."""
    old, middle = caller.made[0], caller.made[len(caller.made) // 2]
    at = caller.get(f"/v1/payment_intents/{middle}")["created"]
    customer = caller.wallets[7][0]
    waiting: list[str] = []
    newest = {"limit": 10}
    return {
        "create": lambda: waiting.append(caller.create()),
        "confirm": lambda: caller.confirm(waiting.pop()),
        "retrieve": lambda: caller.get(f"/v1/payment_intents/{old}"),
        "list by creation": lambda: caller.get(
            "/v1/payment_intents", **newest, **{"created[gte]": at}
        ),
        "list from a cursor": lambda: caller.get(
            "/v1/payment_intents", **newest, starting_after=middle
        ),
        "charges of an intent": lambda: caller.get("/v1/charges", payment_intent=middle),
        "intents of a customer": lambda: caller.get(
            "/v1/payment_intents", **newest, customer=customer
        ),
    }


def compare(small: Caller, large: Caller) -> Iterator[tuple[str, float, float]]:
    """Median CPU milliseconds of each call, taken turn about so that both meet the same noise."""
    of_small, of_large = calls(small), calls(large)
    for name in of_small:
        taken: tuple[list[int], list[int]] = ([], [])
        for _ in range(ROUNDS):
            for call, costs in zip((of_small[name], of_large[name]), taken, strict=True):
                began = time.process_time_ns()
                call()
                costs.append(time.process_time_ns() - began)
        yield name, statistics.median(taken[0]) / 1e6, statistics.median(taken[1]) / 1e6


def main() -> None:
    """Fill a small store and a large one, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=100_000)
    size = parser.parse_args().large
    with tempfile.TemporaryDirectory() as folder:
        small, large = Caller(Path(folder, "small")), Caller(Path(folder, "large"))
        small.fill(SMALL)
        large.fill(size)
        print(f"{'call':24}{SMALL:>12,}{size:>12,}   ratio   (median CPU ms a call)")
        for name, cheap, dear in compare(small, large):
            print(f"{name:24}{cheap:12.3f}{dear:12.3f}{dear / cheap:8.2f}")


if __name__ == "__main__":
    main()
