"""One suite, two targets: the sandbox always, Stripe's test mode when STRIPE_TEST_KEY is set."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from billing.gateway import Gateway
from stripe_sandbox.launch import Running, launch


@dataclass(frozen=True)
class Target:
    """What the suite talks to. `api` is the SDK's v1 services; `sandbox` is None at Stripe."""

    api: Any
    sandbox: Running | None

    def only_here(self, reason: str) -> Running:
        """The sandbox's controls; at Stripe the test is skipped, for this reason."""
        if self.sandbox is None:
            pytest.skip(f"Stripe cannot be told to: {reason}")
        return self.sandbox


@pytest.fixture(scope="session")
def local_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with launch(db=tmp_path_factory.mktemp("sandbox") / "contracts.sqlite3") as running:
        yield running


@pytest.fixture(
    params=["sandbox", pytest.param("stripe", marks=pytest.mark.stripe_test_mode)], scope="session"
)
def target(request: pytest.FixtureRequest) -> Target:
    if request.param == "sandbox":
        running: Running = request.getfixturevalue("local_sandbox")
        client = stripe.StripeClient(
            running.api_key, base_addresses={"api": running.url}, max_network_retries=0
        )
        return Target(client.v1, running)
    key = os.environ.get("STRIPE_TEST_KEY")
    if not key:
        pytest.skip("STRIPE_TEST_KEY is not set")
    return Target(stripe.StripeClient(key, max_network_retries=1).v1, None)


@pytest.fixture
def gateway(target: Target) -> Gateway:
    """The product's own door to the target."""
    if target.sandbox is None:
        return Gateway(api_key=os.environ["STRIPE_TEST_KEY"], api_base=None, timeout_s=15)
    return Gateway(api_key=target.sandbox.api_key, api_base=target.sandbox.url, timeout_s=2)


@dataclass(frozen=True)
class Wallet:
    """A customer with one good card."""

    customer: str
    card: str


@pytest.fixture
def wallet(target: Target) -> Wallet:
    customer = target.api.customers.create({"email": "member@test.example"})
    card = target.api.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    return Wallet(customer.id, card.id)


@pytest.fixture
def key() -> str:
    """An idempotency key nobody used before."""
    return f"taper-contract-{uuid.uuid4()}"


def new_intent(target: Target, customer: str, **more: Any) -> Any:
    """An unconfirmed intent over 90.00 USD that takes cards only."""
    return target.api.payment_intents.create(
        {
            "amount": 9000,
            "currency": "usd",
            "customer": customer,
            "allowed_payment_method_types": ["card"],
            **more,
        }
    )


@pytest.fixture(name="new_intent")
def _new_intent(target: Target) -> Any:
    return lambda customer, **more: new_intent(target, customer, **more)
