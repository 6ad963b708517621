"""Refusals in the shape Stripe documents them: a status, a type, often a code and a parameter."""

from __future__ import annotations

from typing import Any, NoReturn

from stripe_sandbox.shapes import Obj, public

DOCS = "https://docs.stripe.com/error-codes/"


class ApiError(Exception):
    """One refusal. `keeps_effects`: Stripe records what happened, e.g. a declined charge."""

    def __init__(self, status: int, error: Obj, *, keeps_effects: bool = False) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.error = error
        self.keeps_effects = keeps_effects
        self.headers: dict[str, str] = {}

    def body(self) -> Obj:
        """The JSON body of the answer."""
        code = self.error.get("code")
        extra = {"doc_url": DOCS + code.replace("_", "-")} if code else {}
        shown = {n: public(v) if isinstance(v, dict) else v for n, v in self.error.items()}
        return {"error": {**shown, **extra}}


class Unstored(ApiError):
    """A refusal that came before execution began, so the idempotency layer forgets it."""


def invalid(
    message: str,
    *,
    param: str | None = None,
    code: str | None = None,
    status: int = 400,
    **more: Any,
) -> ApiError:
    """An `invalid_request_error` raised while a request was being executed."""
    return ApiError(status, _error("invalid_request_error", message, param, code, more))


def malformed(message: str, *, param: str | None = None, code: str | None = None) -> Unstored:
    """An `invalid_request_error` raised while parameters were read: nothing is remembered."""
    return Unstored(400, _error("invalid_request_error", message, param, code, {}))


def missing(kind: str, object_id: str, *, param: str | None) -> NoReturn:
    """Refuse an unknown id: 404 when it stood in the address, 400 when it was a parameter."""
    raise invalid(
        f"No such {kind}: '{object_id}'",
        param=param or "id",
        code="resource_missing",
        status=400 if param else 404,
    )


def _error(
    kind: str, message: str, param: str | None, code: str | None, more: dict[str, Any]
) -> Obj:
    error: Obj = {"type": kind, "message": message, **more}
    if param is not None:
        error["param"] = param
    if code is not None:
        error["code"] = code
    return error
