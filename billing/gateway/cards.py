"""Customers and their saved cards, as Stripe keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.gateway import read
from billing.gateway.asking import ask, with_key
from billing.gateway.values import Card, GatewayRefused


class CardCalls:
    """The calls about customers and cards; a part of the one door."""

    _client: Any

    def create_customer(self, *, key: str, email: str, metadata: Mapping[str, str]) -> str:
        """Create a customer; returns its id. The same key returns the same customer."""
        params: Any = {"email": email, "metadata": dict(metadata)}
        made = ask(lambda: self._client.v1.customers.create(params, with_key(key)))
        return read.customer_id(made)

    def card(self, payment_method_id: str) -> Card:
        """A saved card's description."""
        found = ask(lambda: self._client.v1.payment_methods.retrieve(payment_method_id))
        return read.card(found)

    def detach_card(self, payment_method_id: str, *, key: str) -> None:
        """Forget a card at Stripe; a card that is already gone is fine."""
        try:
            ask(
                lambda: self._client.v1.payment_methods.detach(payment_method_id, {}, with_key(key))
            )
        except GatewayRefused as refusal:
            if refusal.status not in (400, 404):
                raise
