"""How a request under /v1 is answered: key, limit, fault, parameters, idempotency, effect."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from typing import Any

from stripe_sandbox import params, routes
from stripe_sandbox.call import API_VERSION, Call
from stripe_sandbox.clock import SandboxClock
from stripe_sandbox.errors import ApiError, Unstored, malformed
from stripe_sandbox.expand import expanded
from stripe_sandbox.faults import Fault, Faults
from stripe_sandbox.idempotency import Claim, Keys, in_use
from stripe_sandbox.limiter import Limiter, refused
from stripe_sandbox.shapes import Obj
from stripe_sandbox.store import Store, encode, new_id
from stripe_sandbox.wire import Request, Response

_BROKEN = {"error": {"type": "api_error", "message": "An unexpected error occurred."}}


class Api:
    """The API of one sandbox."""

    def __init__(self, store: Store, clock: SandboxClock, limiter: Limiter) -> None:
        self.store = store
        self.clock = clock
        self.limiter = limiter
        self.faults = Faults()
        self.keys = Keys(store)
        self.base_url = ""
        self.calls: Counter[str] = Counter()
        self._counting = threading.Lock()

    def call(self, given: dict[str, Any] | None = None) -> Call:
        """A call made by the sandbox itself: control, pages, sweeps."""
        return Call(self.store, self.clock.now(), self.base_url, given or {})

    def answer(self, request: Request) -> Response:
        """Answer one request; whatever happens, in Stripe's shape."""
        request_id = new_id("req")
        headers = {"Content-Type": "application/json", "Request-Id": request_id,
                   "Stripe-Version": API_VERSION}  # fmt: skip
        try:
            response = self._answer(request, request_id)
        except ApiError as refusal:
            response = Response(refusal.status, _json(refusal.body()), refusal.headers)
        self.count(f"status.{response.status}" if response.fate == "send" else response.fate)
        response.headers = {**headers, **response.headers}
        return response

    def count(self, name: str) -> None:
        """One more of something, for the statistics."""
        with self._counting:
            self.calls[name] += 1

    def _answer(self, request: Request, request_id: str) -> Response:
        api_key = _api_key(request)
        found = routes.find(request.method, request.path)
        if found is None:
            raise ApiError(
                404,
                {
                    "type": "invalid_request_error",
                    "message": f"Unrecognized request URL ({request.method}: {request.path}).",
                },
            )
        endpoint, ids = found
        self.count(endpoint.name)
        self.limiter.admit(api_key, endpoint.name)
        fault = self.faults.due(endpoint.name)
        if fault is not None and (early := _before(fault, request)) is not None:
            return early
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        raw, body = params.given(request)
        given = endpoint.schema.read(params.parse(raw)) if raw else endpoint.schema.read({})
        call = Call(self.store, self.clock.now(), self.base_url, given, request_id, key)
        if key is None:
            return self._run(call, endpoint, ids, None, fault)
        if len(key) > 255:
            raise malformed("Idempotency keys must be 255 characters or less.")
        claim, remembered = self.keys.claim(key, address=request.path, body=body)
        if remembered is not None:
            self.count("replayed")
            return Response(remembered[0], remembered[1], {"Idempotent-Replayed": "true"})
        try:
            return self._run(call, endpoint, ids, claim, fault)
        finally:
            self.keys.release(claim)

    def _run(
        self, call: Call, endpoint: routes.Endpoint, ids: tuple[str, ...],
        claim: Claim | None, fault: Fault | None,
    ) -> Response:  # fmt: skip
        """Execute, and keep effect and remembered answer in one commit."""
        kind = fault.kind if fault is not None else None
        if kind == "latency" and fault is not None:
            time.sleep(fault.ms / 1000)
            call = replace(call, now=self.clock.now())
        if kind == "500_before":
            return self._remember(call, claim, Response(500, _json(_BROKEN)))
        try:
            with self.store.transaction():
                response = self._effect(call, endpoint, ids)
                if kind == "500_after":
                    response = Response(500, _json(_BROKEN))
                if claim is not None:
                    self.keys.keep(claim, status=response.status, body=response.body, now=call.now)
        except Unstored:
            raise
        except ApiError as refusal:
            return self._remember(
                call, claim, Response(refusal.status, _json(refusal.body()), refusal.headers)
            )
        return response if fault is None else _after(fault, response)

    def _effect(self, call: Call, endpoint: routes.Endpoint, ids: tuple[str, ...]) -> Response:
        try:
            answer: Obj = endpoint.run(call, *ids)
            shown = expanded(call.store, answer, call.params.get("expand", []))
            return Response(200, _json(shown))
        except ApiError as refusal:
            if not refusal.keeps_effects:
                raise
            return Response(refusal.status, _json(refusal.body()))

    def _remember(self, call: Call, claim: Claim | None, response: Response) -> Response:
        if claim is not None:
            with self.store.transaction():
                self.keys.keep(claim, status=response.status, body=response.body, now=call.now)
        return response


def _before(fault: Fault, request: Request) -> Response | None:
    """What strikes before anything was executed or remembered."""
    if fault.kind == "429":
        refusal = refused("endpoint-rate")
        if fault.retry_after is not None:
            refusal.headers["Retry-After"] = str(fault.retry_after)
        raise refusal
    if fault.kind == "409":
        raise in_use(request.headers.get("idempotency-key", ""))
    if fault.kind == "500_outside":
        return Response(500, _json(_BROKEN))
    if fault.kind == "reset":
        return Response(0, b"", fate="reset")
    if fault.kind == "timeout_before":
        return Response(0, b"", fate="hang", ms=fault.ms)
    return None


def _after(fault: Fault, response: Response) -> Response:
    """What spoils the answer once the effect is kept."""
    if fault.kind == "timeout_after":
        return Response(0, b"", fate="hang", ms=fault.ms)
    if fault.kind == "reset_after":
        return Response(0, b"", fate="reset")
    if fault.kind == "unreadable":
        return Response(200, b"<html>This is no JSON.")
    if fault.kind == "undecodable":
        return Response(200, b'{"id": "\xff\xfe"}')
    if fault.kind == "wrong_object":
        return Response(200, _json({"id": "acct_sandbox", "object": "account"}))
    return response


def _api_key(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token.startswith("sk_test_"):
        raise ApiError(
            401,
            {
                "type": "invalid_request_error",
                "message": "Invalid API Key provided: this sandbox takes sk_test_ keys only.",
            },
        )
    version = request.headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        raise malformed(f"This sandbox models API version {API_VERSION}, not {version}.")
    return token


def _json(value: Obj) -> bytes:
    return encode(value).encode()
