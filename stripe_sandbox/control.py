"""`/_sandbox/*`: what a test or a demo may do to the sandbox that nobody can do to Stripe."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from stripe_sandbox.acts import Acts, instant
from stripe_sandbox.app import Api
from stripe_sandbox.errors import ApiError, invalid
from stripe_sandbox.faults import Fault
from stripe_sandbox.objects import balance, checkout, events
from stripe_sandbox.routes import NAMES as ENDPOINTS
from stripe_sandbox.shapes import SHAPES, Obj, public
from stripe_sandbox.webhooks import Courier
from stripe_sandbox.wire import Request, Response


class Control:
    """The control API of one sandbox. Bodies are JSON; every answer is JSON."""

    def __init__(self, api: Api, courier: Courier) -> None:
        self._api = api
        self._courier = courier
        acts = Acts(api)
        self._table: list[tuple[str, re.Pattern[str], Callable[..., Obj]]] = [
            (method, re.compile(f"/_sandbox/{path}".replace("*", "([^/]+)") + r"\Z"), run)
            for method, path, run in (
                ("GET", "stats", self._stats),
                ("GET", "clock", self._clock),
                ("POST", "clock", self._set_clock),
                ("POST", "reset", self._reset),
                ("GET", "faults", self._faults),
                ("POST", "faults", self._add_fault),
                ("DELETE", "faults", self._clear_faults),
                ("POST", "limits", self._limits),
                ("POST", "cards", acts.attach_card),
                ("POST", "scripts", acts.script),
                ("POST", "checkout/*/pay", acts.pay),
                ("POST", "checkout/*/complete_setup", acts.pay),
                ("POST", "payment_intents/*/authenticate", acts.authenticate),
                ("POST", "disputes", acts.dispute),
                ("POST", "disputes/*/close", acts.close_dispute),
                ("POST", "disputes/*/escalate", acts.escalate_dispute),
                ("POST", "fraud_warnings", acts.warn_of_fraud),
                ("POST", "refunds/hold", acts.hold_refunds),
                ("POST", "refunds/*/settle", acts.settle_refund),
                ("POST", "refunds/*/fail", acts.fail_refund),
                ("POST", "payouts", acts.payout),
                ("POST", "payouts/schedule", acts.schedule_payouts),
                ("POST", "payouts/*/fail", acts.fail_payout),
                ("POST", "webhooks", self._manners),
                ("POST", "webhooks/endpoint", self._endpoint),
                ("POST", "webhooks/flush", self._flush),
                ("GET", "webhooks/pending", self._pending),
            )
        ]

    def answer(self, request: Request) -> Response:
        """Answer one control request, its effect in one commit."""
        try:
            for method, pattern, run in self._table:
                match = pattern.match(request.path)
                if method == request.method and match:
                    given = json.loads(request.body or b"{}")
                    return _reply(200, run(given, *match.groups()))
            return _reply(404, {"error": {"message": f"No such control: {request.path}"}})
        except ApiError as refusal:
            return _reply(refusal.status, refusal.body())
        except (KeyError, TypeError, ValueError) as problem:
            return _reply(400, {"error": {"message": f"Bad control request: {problem!r}"}})

    def _stats(self, given: Obj) -> Obj:
        store = self._api.store
        with store.lock:
            counts = {shape.kind: store.count(shape) for shape in SHAPES}
        return {"now": self._api.clock.now(), "calls": dict(self._api.calls), "objects": counts}

    def _clock(self, given: Obj) -> Obj:
        return {"now": self._api.clock.now(), "simulated": self._api.clock.simulated}

    def _set_clock(self, given: Obj) -> Obj:
        with self._api.store.transaction():
            self._api.clock.set(instant(given["now"]))
            expired = checkout.expire_due(self._api.call())
            balance.pay_out_due(self._api.call())
            self._api.keys.prune(self._api.clock.now())
        return {**self._clock({}), "expired_sessions": expired}

    def _reset(self, given: Obj) -> Obj:
        self._api.store.wipe()
        self._api.faults.clear()
        self._api.calls.clear()
        if "now" in given and self._api.clock.simulated:
            self._api.clock.restart(instant(given["now"]))
        return self._clock({})

    def _faults(self, given: Obj) -> Obj:
        return {"faults": self._api.faults.shown()}

    def _add_fault(self, given: Obj) -> Obj:
        fault = Fault(**given)
        if fault.endpoint not in ENDPOINTS | {"*"}:
            raise invalid(f"No such endpoint: {fault.endpoint}", param="endpoint")
        self._api.faults.script(fault)
        return self._faults({})

    def _clear_faults(self, given: Obj) -> Obj:
        self._api.faults.clear()
        return self._faults({})

    def _limits(self, given: Obj) -> Obj:
        limiter = self._api.limiter
        limiter.change(
            per_endpoint=given.get("per_endpoint", limiter.per_endpoint),
            in_all=given.get("in_all", limiter.in_all),
        )
        return {"per_endpoint": limiter.per_endpoint, "in_all": limiter.in_all}

    def _manners(self, given: Obj) -> Obj:
        for name, value in given.items():
            if name not in vars(self._courier.manners):
                raise invalid(f"Unknown control: {name}", param=name)
            setattr(self._courier.manners, name, value)
        return dict(vars(self._courier.manners))

    def _endpoint(self, given: Obj) -> Obj:
        with self._api.store.transaction():
            made = events.register(
                self._api.call(), given["url"], given.get("enabled_events", ["*"]), given["secret"]
            )
        return public(made)

    def _flush(self, given: Obj) -> Obj:
        return self._courier.flush()

    def _pending(self, given: Obj) -> Obj:
        return {"pending": self._courier.pending()}


def _reply(status: int, body: Obj) -> Response:
    return Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
