"""Every refusal has a kind, a stable code and a sentence fit for a member to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of an input; `field` is a JSON pointer ("/email")."""

    field: str
    message: str
    code: str = "invalid"


class TaperError(Exception):
    """Base of all errors meant for people. `facts` may be shown; they hold no secrets."""

    kind = "error"

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: Sequence[FieldProblem] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = tuple(fields)
        self.facts = dict(facts or {})

    def __str__(self) -> str:
        named = "; ".join(f"{p.field}: {p.message}" for p in self.fields)
        return f"{self.message} ({named})" if named else self.message


class Invalid(TaperError):
    """The input itself is wrong (HTTP 422, exit 2); `fields` names each problem."""

    kind = "invalid"

    def __init__(
        self,
        message: str = "Some of this needs another look.",
        *,
        fields: Sequence[FieldProblem] = (),
        code: str = "invalid",
    ) -> None:
        super().__init__(code, message, fields=fields)


class Refused(TaperError):
    """Understood, and not allowed in this state (HTTP 409, exit 3)."""

    kind = "refused"


class NotFound(TaperError):
    """Missing, or not yours to see: the two must look alike (HTTP 404, exit 3)."""

    kind = "not_found"

    def __init__(self, what: str = "page") -> None:
        super().__init__("not_found", f"There is no such {what}.")


class Forbidden(TaperError):
    """Known to you, but this act needs another role (HTTP 403, exit 3)."""

    kind = "forbidden"


class Unavailable(TaperError):
    """Something we depend on does not answer; nothing was lost (HTTP 503, exit 4)."""

    kind = "unavailable"


def invalid_field(field: str, message: str, *, code: str = "invalid") -> Invalid:
    """An `Invalid` about a single field, named as a JSON pointer."""
    return Invalid(message, fields=[FieldProblem(field, message, code)])
