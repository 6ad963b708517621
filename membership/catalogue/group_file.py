"""What a group file may hold: studios with their taxes, packs and plans with their versions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args

from marshmallow import ValidationError, fields, validate, validates_schema

from config.calendar import Unit
from config.fields import LongText, SafeStr, Slug, StrictInt
from config.inputs import Input
from locations import tax_rates
from membership.catalogue.group_fields import (
    CODE,
    NEEDED,
    PREFIX,
    Flag,
    Percent,
    WrittenDate,
    amounts,
    has_rules,
    is_currency,
    is_zone,
    many,
    one_of,
    versions,
)
from membership.rules import catalog as rules

_USUAL = rules.USUAL_RULES
_PLAN_RULES = dataclasses.fields(rules.PlanRules)


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
        fields.String(validate=one_of(tax_rates.PRODUCT_CLASSES)),
        load_default=lambda: list(tax_rates.PRODUCT_CLASSES),
        validate=validate.Length(min=1, error="Name at least one."),
    )


class LocationInput(Input):
    """A studio to open."""

    slug = Slug(required=True)
    name = SafeStr(most=120, required=True)
    zone = SafeStr(most=64, required=True, validate=is_zone)
    currency = SafeStr(most=3, required=True, validate=is_currency)
    jurisdiction = SafeStr(most=20, required=True, validate=has_rules)
    address = LongText(most=300, required=True)
    number_prefix = SafeStr(most=8, required=True, validate=PREFIX)
    legal_entity = SafeStr(most=120, required=True)
    opened_on = WrittenDate(required=True)
    tax = many(TaxInput)


class PackVersionInput(Input):
    """Terms of a pack from a date on, and its price before tax by location."""

    effective_from = WrittenDate(required=True)
    sessions = StrictInt(low=1, high=rules.MOST_SESSIONS, required=True)
    window_days = StrictInt(high=rules.MOST_DAYS, required=True)
    first_use_days = StrictInt(high=rules.MOST_DAYS, required=True)
    roams = Flag(load_default=True)
    prices = amounts(required=True)


class PackInput(Input):
    """A prepaid product."""

    code = SafeStr(most=40, required=True, validate=CODE)
    kind = fields.String(
        required=True,
        validate=one_of(rules.PACK_KINDS),
        error_messages=NEEDED,
    )
    name = SafeStr(most=120, required=True)
    version = versions(PackVersionInput)


class PlanVersionInput(Input):
    """Terms of a plan from a date on, and its amounts by location; no allowance means unlimited."""

    effective_from = WrittenDate(required=True)
    interval_count = StrictInt(low=1, high=120, load_default=1)
    interval_unit = fields.String(load_default="month", validate=one_of(get_args(Unit)))
    allowance = StrictInt(low=1, high=rules.MOST_SESSIONS, load_default=None)
    rollover_cap = StrictInt(high=rules.MOST_SESSIONS, load_default=0)
    rollover_periods = StrictInt(high=rules.MOST_PERIODS, load_default=0)
    commitment_periods = StrictInt(high=rules.MOST_PERIODS, load_default=_USUAL.commitment_periods)
    notice_days = StrictInt(high=rules.MOST_NOTICE_DAYS, load_default=_USUAL.notice_days)
    hold_min_days = StrictInt(low=1, high=rules.MOST_HOLD_DAYS, load_default=_USUAL.hold_min_days)
    hold_max_days = StrictInt(high=rules.MOST_HOLD_DAYS, load_default=_USUAL.hold_max_days)
    roams = Flag(load_default=_USUAL.roams)
    prices = amounts(required=True)
    overages = amounts(load_default=dict)
    joining = amounts(load_default=dict)
    hold_fees = amounts(load_default=dict)

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
        for kind in ("overages", "joining", "hold_fees"):
            if set(given[kind]) - set(given["prices"]):
                wrong[kind] = ["It is not sold at some of these: give prices there, too."]
        if wrong:
            raise ValidationError(wrong)


class PlanInput(Input):
    """A recurring product; `tier` is its rank in the ladder."""

    code = SafeStr(most=40, required=True, validate=CODE)
    name = SafeStr(most=120, required=True)
    tier = StrictInt(high=1000, required=True)
    version = versions(PlanVersionInput)


class GroupFile(Input):
    """The whole file."""

    entity = many(EntityInput)
    location = many(LocationInput)
    pack = many(PackInput)
    plan = many(PlanInput)
