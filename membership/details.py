"""E-mail addresses and phone numbers, written one way so that the same person is found again."""

from __future__ import annotations

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from config.errors import invalid_field
from membership.rules import people


def clean_email(email: str) -> str:
    """An e-mail address as it is kept, in lower case. Raises Invalid."""
    try:
        checked = validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise invalid_field("/email", "This does not look like an e-mail address.") from None
    return checked.normalized.lower()


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
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
