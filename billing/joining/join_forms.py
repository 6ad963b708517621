"""What the steps of joining take in, and what their pages are shown."""

from __future__ import annotations

from typing import Any

from flask import current_app
from marshmallow import fields, validate

from billing.invoices import discount_lines
from billing.joining.choices import Choice, version_of
from config.errors import invalid_field
from config.fields import Email, Id, Phone, SafeStr, Slug
from config.inputs import Input
from membership.rules.catalog import PlanTerms

_TICKED = validate.Equal("yes", error="Please read this and tick the box.")
_NEEDED: dict[str, Any] = {"required": "Please read this and tick the box."}


class WhereInput(Input):
    """The studio, by its short name."""

    location = Slug(required=True)


class StartInput(Input):
    """What to buy: "pack:<version>" or "plan:<version>"; a promotion's code, if there is one."""

    choice = SafeStr(required=True, most=60)
    promo = SafeStr(most=30)


class PersonInput(Input):
    """Who joins. A password is text as it was typed: nothing is trimmed from it."""

    name = SafeStr(required=True, most=160)
    email = Email(required=True)
    phone = Phone()
    password = fields.String(required=True, validate=validate.Length(max=128))


class SignInput(Input):
    """Both papers ticked, and a name under them."""

    waiver = fields.String(required=True, validate=_TICKED, error_messages=_NEEDED)
    contract = fields.String(required=True, validate=_TICKED, error_messages=_NEEDED)
    signed_name = SafeStr(required=True, most=160)


class AgreeInput(Input):
    """The plans that were ticked: a list, as two boxes may be ticked by mistake.

    A gift card, where its code is given, pays first.
    """

    gift_code = SafeStr(most=40)
    consent = fields.List(Id(), load_default=list)


def checked_password(typed: str) -> str:
    """The password as it will be hashed; Invalid where it is too weak."""
    rules = current_app.extensions["security"].password_util
    problems, normal = rules.validate(typed, True)
    if problems:
        raise invalid_field("/password", " ".join(str(problem) for problem in problems))
    return normal


def offer(choice: Choice) -> dict[str, Any]:
    """A pack or plan with its price and tax today."""
    terms, amounts = choice.terms, choice.amounts
    shown = {
        "id": version_of(terms),
        "name": terms.name,
        "price_cents": amounts.net_cents,
        "tax_cents": amounts.tax_cents,
        "total_cents": amounts.total_cents,
        "currency": terms.currency,
    }
    if isinstance(terms, PlanTerms):
        every = terms.interval.unit
        if terms.interval.count > 1:
            every = f"{terms.interval.count} {every}s"
        return shown | {
            "allowance": terms.allowance,
            "every": every,
            "joining_cents": terms.joining_cents,
        }
    return shown | {
        "sessions": terms.sessions,
        "window_days": terms.window_days,
        "first_use_days": terms.first_use_days,
    }


def summary(choice: Choice) -> dict[str, Any]:
    """What is to be paid today, line by line."""
    amounts = choice.amounts
    return {
        "lines": discount_lines.of_amounts(amounts),
        "tax_cents": amounts.tax_cents,
        "total_cents": amounts.total_cents,
        "currency": choice.terms.currency,
    }
