"""Reading input through a schema: all problems at once, each with the field it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from config.errors import FieldProblem, Invalid


class Input(Schema):
    """Base of all schemas: an unknown field is an error, never ignored."""

    class Meta:
        unknown = RAISE


def read(schema: type[Schema], given: Any) -> dict[str, Any]:
    """Validated values of a JSON body; raises Invalid with a JSON pointer for each problem."""
    try:
        loaded: Any = schema().load(given)
        return loaded
    except ValidationError as error:
        raise Invalid(fields=list(_problems("", error.messages))) from None


def read_form(
    schema: type[Schema], form: MultiDict[str, str], *, ignore: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The same for a form or query (a MultiDict): blanks count as missing, twins are refused.

    `ignore` names fields that belong to the page, not to the act; the CSRF token always is one.
    """
    given: dict[str, Any] = {}
    twins: list[FieldProblem] = []
    listed = {n for n, field in schema().fields.items() if isinstance(field, fields.List)}
    for name in form:
        values = form.getlist(name)
        if name == "csrf_token" or name in ignore:
            continue
        if name in listed:
            given[name] = values
        elif len(values) > 1:
            twins.append(FieldProblem(_pointer("", name), "Given more than once."))
        elif values[0].strip():
            given[name] = values[0]
    if twins:
        raise Invalid(fields=twins)
    return read(schema, given)


def _problems(path: str, messages: Any) -> Iterator[FieldProblem]:
    """Flatten marshmallow's nested messages into problems with JSON pointers."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _problems(path if name == "_schema" else _pointer(path, name), inner)
    else:
        for message in messages:
            yield FieldProblem(path, str(message))


def _pointer(path: str, name: Any) -> str:
    return f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}"
