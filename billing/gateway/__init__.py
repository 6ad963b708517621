"""The one door to Stripe. The stand-in for it differs by its base address alone.

Every POST carries our own idempotency key. An answer that did not arrive, or that cannot be
read, is `OutcomeUnknown`; a declined card is an `Intent` to read, not an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

import stripe

from billing.gateway import read
from billing.gateway.asking import AT_ONCE, Pages, ask, with_key
from billing.gateway.cards import CardCalls
from billing.gateway.disputes import DisputeCalls, DisputeSeen
from billing.gateway.fraud_warnings import FraudWarningCalls, FraudWarningSeen
from billing.gateway.moves import BalanceMove, MoveCalls, PayoutSeen
from billing.gateway.refunds import RefundCalls
from billing.gateway.values import (
    Card,
    GatewayRefused,
    Intent,
    OutcomeUnknown,
    RefundSeen,
    Session,
    Throttled,
)

__all__ = [
    "BalanceMove",
    "Card",
    "DisputeSeen",
    "FraudWarningSeen",
    "Gateway",
    "GatewayRefused",
    "Intent",
    "OutcomeUnknown",
    "PayoutSeen",
    "RefundSeen",
    "Session",
    "Throttled",
]


class Gateway(CardCalls, DisputeCalls, FraudWarningCalls, MoveCalls, RefundCalls):
    """Calls to one Stripe account. Safe to share between threads."""

    def __init__(self, *, api_key: str, api_base: str | None, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.tries = 2
        self.expects_live = api_key.startswith(("sk_live_", "rk_live_"))
        # Untyped on purpose: the contract suite checks the parameters, against a strict server.
        self._client: Any = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base, "files": api_base} if api_base else None,
            max_network_retries=self.tries - 1,
            http_client=stripe.RequestsClient(timeout=timeout_s),
        )
        self._family: Mapping[str, Gateway] = {}  # those of the same house, by account
        self._pages = AT_ONCE

    @classmethod
    def family(cls, gateways: Mapping[str, Gateway]) -> Gateway:
        """Let gateways of several accounts, by name, lead to each other; returns the first."""
        for one in gateways.values():
            one._family = dict(gateways)
        return next(iter(gateways.values()))

    @property
    def accounts(self) -> Mapping[str, Gateway]:
        """The gateways of the same house by account; empty where this is the only one."""
        return self._family

    def at(self, account: str) -> Gateway:
        """The gateway of a Stripe account by its name in the settings.

        Where the settings name one account alone, every location uses it. An account without
        a key is OutcomeUnknown: nothing is asked of another one in its place.
        """
        if not self._family:
            return self
        found = self._family.get(account)
        if found is None:
            raise OutcomeUnknown(f"no key is set for the Stripe account {account!r}")
        return found

    def paced(self, pages: Pages) -> Gateway:
        """The same door, whose long lists wait their turn."""
        found = copy(self)
        found._pages = pages
        return found

    @property
    def call_budget_ms(self) -> int:
        """The longest that one call can take, retries included."""
        return int(self.timeout_s * self.tries * 1000) + 2_000

    # -- payment intents -----------------------------------------------------------------

    def create_intent(
        self,
        *,
        key: str,
        customer_id: str,
        amount_cents: int,
        currency: str,
        metadata: Mapping[str, str],
    ) -> Intent:
        """C1: an unconfirmed intent; it moves no money. Key `pi:{invoice}:{seq}`."""
        params: Any = {
            "amount": amount_cents,
            "currency": currency.lower(),
            "customer": customer_id,
            "allowed_payment_method_types": ["card"],
            "metadata": dict(metadata),
        }
        return read.intent(
            ask(lambda: self._client.v1.payment_intents.create(params, with_key(key)))
        )

    def confirm_intent(self, stripe_id: str, *, key: str, payment_method_id: str) -> Intent:
        """C2: charge the saved card with nobody present. Key `cf:{attempt}`.

        A decline comes back as the intent in `requires_payment_method` with its codes.
        """
        params = {"payment_method": payment_method_id, "off_session": True}
        return self._confirm(stripe_id, params, key)

    def confirm_with_member(
        self, stripe_id: str, *, key: str, payment_method_id: str, return_url: str
    ) -> Intent:
        """Confirm the same intent with the member present, so that the bank may ask them."""
        params = {"payment_method": payment_method_id, "return_url": return_url}
        return self._confirm(stripe_id, params, key)

    def retrieve_intent(self, stripe_id: str) -> Intent:
        """Look at an intent; it carries its newest charge."""
        params: Any = {"expand": ["latest_charge"]}
        found = ask(lambda: self._client.v1.payment_intents.retrieve(stripe_id, params))
        return read.intent(found)

    def cancel_intent(self, stripe_id: str, *, key: str) -> Intent:
        """Cancel an intent; one that cannot be canceled comes back as it is."""
        try:
            done = ask(lambda: self._client.v1.payment_intents.cancel(stripe_id, {}, with_key(key)))
            return read.intent(done)
        except GatewayRefused:
            return self.retrieve_intent(stripe_id)

    # -- hosted Checkout -----------------------------------------------------------------

    def create_session(self, params: Mapping[str, Any], *, key: str) -> Session:
        """Open a hosted Checkout page; `params` are built by billing/rules/checkout."""
        given: Any = dict(params)
        made = ask(lambda: self._client.v1.checkout.sessions.create(given, with_key(key)))
        return read.session(made)

    def retrieve_session(self, session_id: str) -> Session:
        """Look at a session with its payment and its card."""
        params: Any = {
            "expand": [
                "payment_intent",
                "payment_intent.latest_charge",
                "payment_intent.payment_method",
                "setup_intent.payment_method",
            ]
        }
        found = ask(lambda: self._client.v1.checkout.sessions.retrieve(session_id, params))
        return read.session(found)

    def expire_session(self, session_id: str, *, key: str) -> Session:
        """Close a session; one that was completed meanwhile comes back completed."""
        try:
            ask(lambda: self._client.v1.checkout.sessions.expire(session_id, {}, with_key(key)))
        except GatewayRefused as refusal:
            if refusal.status != 400:
                raise
        return self.retrieve_session(session_id)

    # -- inside --------------------------------------------------------------------------

    def _confirm(self, stripe_id: str, params: dict[str, Any], key: str) -> Intent:
        given: Any = {**params, "expand": ["latest_charge"]}
        try:
            done = ask(
                lambda: self._client.v1.payment_intents.confirm(stripe_id, given, with_key(key))
            )
            return read.intent(done)
        except stripe.CardError as declined:
            return read.declined_intent(declined, stripe_id)
