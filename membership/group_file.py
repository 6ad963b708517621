"""What a group file may hold: studios with their taxes, packs and plans with their versions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import ValidationError, fields, validate, validates_schema

from config.calendar import Unit
from config.fields import BizDate, LongText, SafeStr, Slug, StrictInt
from config.inputs import Input
from config.money import minor_digits
from locations import policy, tax_rates
from membership.rules import catalog as rules
from membership.rules import price_list

_USUAL = rules.USUAL_RULES
_PLAN_RULES = dataclasses.fields(rules.PlanRules)
_NEEDED: Any = {"required": "This is needed."}
_CODE = validate.Regexp(
    r"[A-Z0-9][A-Z0-9-]{0,39}\Z", error="Use capital letters, digits and hyphens, at most 40."
)
_PREFIX = validate.Regexp(r"[A-Z0-9]{1,8}\Z", error="Use capital letters and digits, at most 8.")


class WrittenDate(BizDate):
    """A date as the file's own kind of value, or as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        given = value.isoformat() if type(value) is date else value
        return super()._deserialize(given, attr, data, **kwargs)


class Amount(fields.Field[Decimal]):
    """An amount of money as text, in whole units of a currency that the location knows."""

    default_error_messages = _NEEDED

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        try:
            if isinstance(value, str):
                return price_list.amount_of(value)
        except ValueError:
            pass
        raise ValidationError('Give an amount as text, like "99.00".')


class Percent(fields.Field[int]):
    """A percentage as text, read as parts per million."""

    default_error_messages = _NEEDED

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            if isinstance(value, str):
                return price_list.rate_ppm_of(value)
        except ValueError:
            pass
        raise ValidationError('Give a percentage from 0 to under 100 as text, like "10.35".')


class Flag(fields.Field[bool]):
    """Yes or no as the file's own kind of value."""

    default_error_messages = _NEEDED

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise ValidationError("Give true or false.")
        return value


def _is_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationError("This is not an IANA time zone.") from None


def _is_currency(currency: str) -> None:
    try:
        minor_digits(currency)
    except ValueError:
        raise ValidationError("This is not a currency code.") from None


def _has_rules(jurisdiction: str) -> None:
    if jurisdiction not in policy.jurisdictions():
        raise ValidationError(f"This must be one of {', '.join(policy.jurisdictions())}.")


def _one_of(choices: tuple[str, ...]) -> validate.OneOf:
    return validate.OneOf(choices, error=f"This must be one of {', '.join(choices)}.")


def _many(schema: type[Input]) -> fields.List:
    return fields.List(fields.Nested(schema), load_default=list)


def _versions(schema: type[Input]) -> fields.List:
    some = validate.Length(min=1, error="Give at least one.")
    return fields.List(fields.Nested(schema), required=True, validate=some, error_messages=_NEEDED)


def _amounts(**kwargs: Any) -> fields.Dict:
    return fields.Dict(keys=Slug(), values=Amount(), error_messages=_NEEDED, **kwargs)


class EntityInput(Input):
    """Who the money of some studios belongs to."""

    name = SafeStr(most=120, required=True)
    stripe_account = Slug(load_default="default")


class TaxInput(Input):
    """A rate from a date on, for some classes of product; for all where none are named."""

    name = SafeStr(most=60, required=True)
    percent = Percent(required=True)
    effective_from = WrittenDate(required=True)
    classes = fields.List(
        fields.String(validate=_one_of(tax_rates.PRODUCT_CLASSES)),
        load_default=lambda: list(tax_rates.PRODUCT_CLASSES),
        validate=validate.Length(min=1, error="Name at least one."),
    )


class LocationInput(Input):
    """A studio to open."""

    slug = Slug(required=True)
    name = SafeStr(most=120, required=True)
    zone = SafeStr(most=64, required=True, validate=_is_zone)
    currency = SafeStr(most=3, required=True, validate=_is_currency)
    jurisdiction = SafeStr(most=20, required=True, validate=_has_rules)
    address = LongText(most=300, required=True)
    number_prefix = SafeStr(most=8, required=True, validate=_PREFIX)
    legal_entity = SafeStr(most=120, required=True)
    opened_on = WrittenDate(required=True)
    tax = _many(TaxInput)


class PackVersionInput(Input):
    """Terms of a pack from a date on, and its price before tax by location."""

    effective_from = WrittenDate(required=True)
    sessions = StrictInt(low=1, high=rules.MOST_SESSIONS, required=True)
    window_days = StrictInt(high=rules.MOST_DAYS, required=True)
    first_use_days = StrictInt(high=rules.MOST_DAYS, required=True)
    roams = Flag(load_default=True)
    prices = _amounts(required=True)


class PackInput(Input):
    """A prepaid product."""

    code = SafeStr(most=40, required=True, validate=_CODE)
    kind = fields.String(required=True, validate=_one_of(rules.PACK_KINDS), error_messages=_NEEDED)
    name = SafeStr(most=120, required=True)
    version = _versions(PackVersionInput)


class PlanVersionInput(Input):
    """Terms of a plan from a date on, and its amounts by location; no allowance means unlimited."""

    effective_from = WrittenDate(required=True)
    interval_count = StrictInt(low=1, high=120, load_default=1)
    interval_unit = fields.String(load_default="month", validate=_one_of(get_args(Unit)))
    allowance = StrictInt(low=1, high=rules.MOST_SESSIONS, load_default=None)
    rollover_cap = StrictInt(high=rules.MOST_SESSIONS, load_default=0)
    rollover_periods = StrictInt(high=rules.MOST_PERIODS, load_default=0)
    commitment_periods = StrictInt(high=rules.MOST_PERIODS, load_default=_USUAL.commitment_periods)
    notice_days = StrictInt(high=rules.MOST_NOTICE_DAYS, load_default=_USUAL.notice_days)
    hold_min_days = StrictInt(low=1, high=rules.MOST_HOLD_DAYS, load_default=_USUAL.hold_min_days)
    hold_max_days = StrictInt(high=rules.MOST_HOLD_DAYS, load_default=_USUAL.hold_max_days)
    roams = Flag(load_default=_USUAL.roams)
    prices = _amounts(required=True)
    overages = _amounts(load_default=dict)
    joining = _amounts(load_default=dict)
    hold_fees = _amounts(load_default=dict)

    @validates_schema
    def hangs_together(self, given: Mapping[str, Any], **kwargs: Any) -> None:
        """What rolls over needs an allowance, and a session more a price to stand beside."""
        wrong = {
            problem.field.lstrip("/"): [problem.message]
            for problem in rules.plan_problems(
                allowance=given["allowance"],
                rollover_cap=given["rollover_cap"],
                rollover_periods=given["rollover_periods"],
                rules=rules.PlanRules(**{rule.name: given[rule.name] for rule in _PLAN_RULES}),
            )
        }
        for amounts in ("overages", "joining", "hold_fees"):
            if set(given[amounts]) - set(given["prices"]):
                wrong[amounts] = ["It is not sold at some of these: give prices there, too."]
        if wrong:
            raise ValidationError(wrong)


class PlanInput(Input):
    """A recurring product; `tier` is its rank in the ladder."""

    code = SafeStr(most=40, required=True, validate=_CODE)
    name = SafeStr(most=120, required=True)
    tier = StrictInt(high=1000, required=True)
    version = _versions(PlanVersionInput)


class GroupFile(Input):
    """The whole file."""

    entity = _many(EntityInput)
    location = _many(LocationInput)
    pack = _many(PackInput)
    plan = _many(PlanInput)
