"""Strict input: what a field accepts is exactly what it says, and a refusal names the field.

The stock fields take 1e400, 1.9 as a whole number and NUL; these do not.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any
from uuid import UUID

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from marshmallow import ValidationError, fields

from config.redaction import card_like

MOST_CENTS = 100_000_000  # a million of a two-digit currency: more is a slip of the hand
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_TEXT_BREAKS = frozenset("\n\t")


_NEEDED: Any = {"required": "This is needed.", "null": "This is needed."}


class StrictInt(fields.Field[int]):
    """A whole number from `low` to `high`; not true, not 1.0, not "1"."""

    default_error_messages = _NEEDED

    def __init__(self, *, low: int = 0, high: int = 2**53, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise ValidationError("Give a whole number.")
        if not self.low <= value <= self.high:
            raise ValidationError(f"Give a whole number from {self.low} to {self.high}.")
        return value


class TextInt(StrictInt):
    """The same from a form, an address or a CSV cell: plain ASCII digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not _WHOLE.fullmatch(value.strip(" ")):
            raise ValidationError("Give a whole number.")
        return super()._deserialize(int(value), attr, data, **kwargs)


class Cents(StrictInt):
    """An amount in whole minor units, not negative unless `low` says so."""

    def __init__(self, *, low: int = 0, high: int = MOST_CENTS, **kwargs: Any) -> None:
        super().__init__(low=low, high=high, **kwargs)


class SafeStr(fields.Field[str]):
    """Text in NFC, trimmed, from `least` to `most` characters.

    Refused: NUL and other control characters, lone surrogates, characters that turn the
    direction of reading, and anything that looks like a card number.
    """

    default_error_messages = _NEEDED

    breaks: frozenset[str] = frozenset()

    def __init__(self, *, most: int = 200, least: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most, self.least = most, least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("Give text.")
        if len(value) > 4 * self.most + 16:  # before any work on ten megabytes
            raise ValidationError(f"At most {self.most} characters.")
        text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if any(_refused(char) for char in text if char not in self.breaks):
            raise ValidationError("Contains characters that cannot be used.")
        if len(text) > self.most:
            raise ValidationError(f"At most {self.most} characters.")
        if len(text) < self.least:
            raise ValidationError("This is needed." if not text else f"At least {self.least}.")
        if card_like(text):
            raise ValidationError("Never write a card number here.")
        return text


class LongText(SafeStr):
    """Text of several lines."""

    breaks = _TEXT_BREAKS

    def __init__(self, *, most: int = 4000, least: int = 1, **kwargs: Any) -> None:
        super().__init__(most=most, least=least, **kwargs)


class BizDate(fields.Field[date]):
    """A date on the wall, YYYY-MM-DD, from 1900 to 2199."""

    default_error_messages = _NEEDED

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValidationError("Give a date as YYYY-MM-DD.")
        try:
            on = date.fromisoformat(value)
        except ValueError:
            raise ValidationError("There is no such date.") from None
        if not _FIRST_DAY <= on <= _LAST_DAY:
            raise ValidationError("Give a date from 1900 to 2199.")
        return on


class Slug(fields.Field[str]):
    """A short name in an address: small letters, digits and single hyphens, at most 40."""

    default_error_messages = _NEEDED

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or len(value) > 40 or not _SLUG.fullmatch(value):
            raise ValidationError("Use small letters, digits and hyphens.")
        return value


class Id(fields.Field[UUID]):
    """One of our keys, in its usual spelling."""

    default_error_messages = _NEEDED

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> UUID:
        if not isinstance(value, str) or not _UUID.fullmatch(value.lower()):
            raise ValidationError("This is not a valid id.")
        return UUID(value)


class Email(SafeStr):
    """A mail address, in lower case, so that one person is one address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=254, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            checked = validate_email(text, check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError:
            raise ValidationError("This is not a mail address.") from None
        return checked.normalized.lower()


class Phone(fields.Field[str]):
    """A telephone number, kept as +12065550123; without a country code, one of `region`."""

    default_error_messages = _NEEDED

    def __init__(self, *, region: str = "US", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.region = region

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or len(value) > 40 or not value.isascii():
            raise ValidationError("This is not a telephone number.")
        try:
            number = phonenumbers.parse(value, self.region)
        except phonenumbers.NumberParseException:
            raise ValidationError("This is not a telephone number.") from None
        if not phonenumbers.is_valid_number(number) or number.extension:
            raise ValidationError("This is not a telephone number.")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _refused(char: str) -> bool:
    code = ord(char)
    unassigned_for_ever = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    odd = unicodedata.category(char) in ("Cc", "Cs", "Co", "Zl", "Zp")
    return odd or unassigned_for_ever or char in _DIRECTION
