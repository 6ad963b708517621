"""What a customer, a bank or a cardholder does, done at once through the control API."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from stripe_sandbox.app import Api
from stripe_sandbox.errors import ApiError, invalid
from stripe_sandbox.objects import (
    balance,
    customers,
    disputes,
    fraud_warnings,
    paying,
    payment_methods,
    refunds,
    trying,
)
from stripe_sandbox.outcomes import CARDS, NAMES
from stripe_sandbox.shapes import Obj, public


class Acts:
    """Each method is one control request: JSON in, the object that came of it out."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def attach_card(self, given: Obj) -> Obj:
        """A test card on a customer, as if saved through a setup session; any card is accepted.

        `{customer, token, set_up?: bool, default?: bool}`.
        """
        known_token(given["token"])
        with self._api.store.transaction():
            call = self._api.call()
            customer = customers.living(call, given["customer"])
            method = payment_methods.new(call, given["token"], email=customer["email"])
            bound = payment_methods.bind(
                call, method, customer["id"], set_up=given.get("set_up", True)
            )
            if given.get("default", False):
                settings = {**customer["invoice_settings"], "default_payment_method": bound["id"]}
                call.store.save({**customer, "invoice_settings": settings})
                call.emit("customer.updated", customer)
        return public(bound)

    def script(self, given: Obj) -> Obj:
        """`{customer | payment_method, steps: [{outcome, from?, until?, times?, ...}]}`."""
        owner = given.get("payment_method") or given["customer"]
        for step in given["steps"]:
            if step["outcome"] not in NAMES:
                raise invalid(f"Invalid outcome: must be one of {', '.join(sorted(NAMES))}",
                              param="outcome")  # fmt: skip
            for edge in {"from", "until"} & set(step):
                step[edge] = instant(step[edge])
        with self._api.store.transaction():
            self._api.store.db.execute(
                "INSERT OR REPLACE INTO scripts VALUES (?, ?)", (owner, json.dumps(given["steps"]))
            )
        return {"owner": owner, "steps": given["steps"]}

    def pay(self, given: Obj, session_id: str) -> Obj:
        """What the hosted page does: `{token?, authentication?: complete|fail, name?, email?}`."""
        token = given.get("token", "pm_card_visa")
        known_token(token)
        buyer = paying.Buyer(
            given.get("name", "Test Buyer"), given.get("email", "buyer@test.example")
        )
        passed = given.get("authentication", "complete") == "complete"
        refusal = None
        with self._api.store.transaction():
            call = self._api.call()
            try:
                session = paying.submit(call, session_id, token=token, buyer=buyer)
                if session["status"] == "open":
                    session = paying.answer_bank(call, session_id, passed=passed, buyer=buyer)
            except ApiError as raised:
                if not raised.keeps_effects:
                    raise
                refusal, session = raised, {}
        if refusal is not None:
            raise refusal
        return public(session)

    def authenticate(self, given: Obj, intent_id: str) -> Obj:
        """The bank's page of an intent: `{result: complete | fail}`."""
        refusal, intent = None, {}
        with self._api.store.transaction():
            call = self._api.call()
            intent = call.get("payment_intent", intent_id)
            try:
                passed = given.get("result", "complete") == "complete"
                intent = trying.answer_authentication(call, intent, passed=passed)
            except ApiError as raised:
                if not raised.keeps_effects:
                    raise
                refusal = raised
        if refusal is not None:
            raise refusal
        return public(intent)

    def dispute(self, given: Obj) -> Obj:
        with self._api.store.transaction():
            reason = given.get("reason", "fraudulent")
            asks = bool(given.get("asks", False))
            made = disputes.open_(
                self._api.call(),
                given["charge"],
                reason,
                asks=asks,
                over_cents=given.get("amount"),
            )
            return public(made)

    def warn_of_fraud(self, given: Obj) -> Obj:
        """`{charge, kind?}`: an issuer warns of a charge."""
        with self._api.store.transaction():
            kind = given.get("kind", "misc")
            return public(fraud_warnings.warn(self._api.call(), given["charge"], kind))

    def escalate_dispute(self, given: Obj, dispute_id: str) -> Obj:
        with self._api.store.transaction():
            return public(disputes.escalate(self._api.call(), dispute_id))

    def close_dispute(self, given: Obj, dispute_id: str) -> Obj:
        with self._api.store.transaction():
            return public(disputes.close(self._api.call(), dispute_id, given["status"]))

    def hold_refunds(self, given: Obj) -> Obj:
        """`{times}`: how many refunds from now on have to wait for the balance."""
        with self._api.store.transaction():
            refunds.hold(self._api.call(), int(given["times"]))
        return dict(given)

    def settle_refund(self, given: Obj, refund_id: str) -> Obj:
        with self._api.store.transaction():
            return public(refunds.settle(self._api.call(), refund_id))

    def fail_refund(self, given: Obj, refund_id: str) -> Obj:
        with self._api.store.transaction():
            reason = given.get("reason", "expired_or_canceled_card")
            return public(refunds.fail(self._api.call(), refund_id, reason))

    def fail_payout(self, given: Obj, payout_id: str) -> Obj:
        with self._api.store.transaction():
            return public(balance.fail_payout(self._api.call(), payout_id))

    def schedule_payouts(self, given: Obj) -> Obj:
        """`{every_days}`: automatic payouts as the clock moves; 0 stops them."""
        with self._api.store.transaction():
            balance.schedule(self._api.call(), int(given["every_days"]))
        return {"every_days": int(given["every_days"])}

    def payout(self, given: Obj) -> Obj:
        with self._api.store.transaction():
            return public(balance.pay_out(self._api.call()))


def known_token(token: str) -> None:
    if token not in CARDS:
        raise invalid(f"No such test card: {token}", param="token")


def instant(value: Any) -> int:
    """Unix seconds from a number or from ISO 8601 with an offset."""
    if isinstance(value, int):
        return value
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise invalid("An instant needs an offset, e.g. 2026-03-01T00:00:00+00:00.", param="now")
    return int(moment.timestamp())
