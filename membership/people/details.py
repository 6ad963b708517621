"""E-mail addresses and phone numbers, written one way so that the same person is found again."""

from __future__ import annotations

import phonenumbers
from marshmallow import ValidationError

from config.errors import invalid_field
from config.fields import Email, Phone
from membership.rules import people


def clean_email(email: str) -> str:
    """An e-mail address as it is kept, in lower case. Raises Invalid."""
    try:
        return Email().deserialize(email)
    except ValidationError:
        raise invalid_field("/email", "This does not look like an e-mail address.") from None


def clean_phone(phone: str, *, jurisdiction: str) -> str:
    """A phone number as it is kept, in international form. Raises Invalid."""
    number = phone_or_none(phone, jurisdiction=jurisdiction)
    if number is None:
        raise invalid_field("/phone", "This does not look like a phone number.")
    return number


def phone_or_none(text: str, *, jurisdiction: str) -> str | None:
    """The same of what may be no phone number at all."""
    region = people.region_of(jurisdiction, known=phonenumbers.SUPPORTED_REGIONS)
    try:
        return Phone(region=region).deserialize(text)
    except ValidationError:
        return None
