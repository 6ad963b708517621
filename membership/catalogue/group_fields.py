"""Kinds of value that a group file may hold, and what is said of those it may not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import ValidationError, fields, validate

from config.fields import BizDate, Slug
from config.inputs import Input
from config.money import minor_digits
from locations import policy
from membership.rules import price_list

NEEDED: Any = {"required": "This is needed."}
CODE = validate.Regexp(
    r"[A-Z0-9][A-Z0-9-]{0,39}\Z", error="Use capital letters, digits and hyphens, at most 40."
)
PREFIX = validate.Regexp(r"[A-Z0-9]{1,8}\Z", error="Use capital letters and digits, at most 8.")


class WrittenDate(BizDate):
    """A date as the file's own kind of value, or as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        given = value.isoformat() if type(value) is date else value
        return super()._deserialize(given, attr, data, **kwargs)


class Amount(fields.Field[Decimal]):
    """An amount of money as text, in whole units of a currency that the location knows."""

    default_error_messages = NEEDED

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        try:
            if isinstance(value, str):
                return price_list.amount_of(value)
        except ValueError:
            pass
        raise ValidationError('Give an amount as text, like "99.00".')


class Percent(fields.Field[int]):
    """A percentage as text, read as parts per million."""

    default_error_messages = NEEDED

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            if isinstance(value, str):
                return price_list.rate_ppm_of(value)
        except ValueError:
            pass
        raise ValidationError('Give a percentage from 0 to under 100 as text, like "10.35".')


class Flag(fields.Field[bool]):
    """Yes or no as the file's own kind of value."""

    default_error_messages = NEEDED

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise ValidationError("Give true or false.")
        return value


def is_zone(zone: str) -> None:
    """Raise ValidationError unless it is an IANA time zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationError("This is not an IANA time zone.") from None


def is_currency(currency: str) -> None:
    """Raise ValidationError unless it is a currency's code."""
    try:
        minor_digits(currency)
    except ValueError:
        raise ValidationError("This is not a currency code.") from None


def has_rules(jurisdiction: str) -> None:
    """Raise ValidationError where no rules of the land are known."""
    if jurisdiction not in policy.jurisdictions():
        raise ValidationError(f"This must be one of {', '.join(policy.jurisdictions())}.")


def one_of(choices: tuple[str, ...]) -> validate.OneOf:
    """One of a few words, and these words where it is not."""
    return validate.OneOf(choices, error=f"This must be one of {', '.join(choices)}.")


def many(schema: type[Input]) -> fields.List:
    """Any number of these, none where nothing is given."""
    return fields.List(fields.Nested(schema), load_default=list)


def versions(schema: type[Input]) -> fields.List:
    """One of these at least."""
    some = validate.Length(min=1, error="Give at least one.")
    return fields.List(fields.Nested(schema), required=True, validate=some, error_messages=NEEDED)


def amounts(**kwargs: Any) -> fields.Dict:
    """Amounts of money by the short names of locations."""
    return fields.Dict(keys=Slug(), values=Amount(), error_messages=NEEDED, **kwargs)
