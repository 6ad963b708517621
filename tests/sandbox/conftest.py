"""A sandbox per test worker, on a clock that stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from stripe_sandbox.launch import Running, launch

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def sdk(running: Running, *, timeout: float = 10) -> Any:
    """The SDK's v1 services, which never retry by themselves here."""
    client = stripe.StripeClient(
        running.api_key,
        base_addresses={"api": running.url, "files": running.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout),
    )
    return client.v1


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with launch(db=tmp_path_factory.mktemp("sandbox") / "own.sqlite3", now=START) as running:
        yield running


@pytest.fixture
def sandbox(shared: Running) -> Running:
    """An empty sandbox at the start of March 2026."""
    shared.control("POST", "reset", {"now": START.isoformat()})
    shared.control("POST", "limits", {"per_endpoint": None, "in_all": None})
    shared.control(
        "POST", "webhooks", {"paused": False, "copies": 0, "delay": 0, "backwards": False}
    )
    return shared


@pytest.fixture
def api(sandbox: Running) -> Any:
    return sdk(sandbox)


class Member:
    """A customer with one good card, and the ways a test charges it."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self.customer: str = api.customers.create({"email": "member@test.example"}).id
        self.card: str = api.payment_methods.attach("pm_card_visa", {"customer": self.customer}).id

    def intent(self, **options: Any) -> Any:
        """An unconfirmed intent over 50.00 USD."""
        return self.api.payment_intents.create(
            {
                "amount": 5000,
                "currency": "usd",
                "customer": self.customer,
                "allowed_payment_method_types": ["card"],
            },
            options,
        )

    def confirm(self, intent_id: str, **options: Any) -> Any:
        """Confirm off-session with the member's card."""
        return self.api.payment_intents.confirm(
            intent_id, {"payment_method": self.card, "off_session": True}, options
        )

    def charges(self, intent_id: str) -> list[Any]:
        """Every charge ever tried for an intent."""
        return self.api.charges.list({"payment_intent": intent_id}).data


@pytest.fixture
def member(api: Any) -> Member:
    return Member(api)
