"""Forms of the catalogue: terms in fields, and a row of prices for each studio."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from flask import request
from marshmallow import fields, validate

from config.calendar import Interval, Unit
from config.errors import FieldProblem, Invalid
from config.fields import BizDate, SafeStr, TextInt
from config.inputs import Input, read_form
from locations.models import Location
from membership.catalogue.catalogue_edits import PackTermsGiven, PlanTermsGiven
from membership.catalogue.group_fields import Amount
from membership.rules import catalog as rules
from membership.rules.catalog import PlanPriceTag, PlanRules, price_problems
from membership.rules.price_list import cents_of

# Amounts of a plan at a studio, in the order of PlanPriceTag.
PLAN_AMOUNTS = ("price", "overage", "joining", "hold")
_NEEDED: Any = {"required": "This is needed."}
_YES_NO = validate.OneOf(("yes", "no"), error="Choose yes or no.")


def _count(most: int, *, least: int = 0) -> TextInt:
    return TextInt(low=least, high=most, required=True)


class PackVersionForm(Input):
    """Terms of a pack."""

    effective_from = BizDate(required=True)
    sessions = _count(rules.MOST_SESSIONS, least=1)
    window_days = _count(rules.MOST_DAYS)
    first_use_days = _count(rules.MOST_DAYS)
    roams = fields.String(required=True, validate=_YES_NO, error_messages=_NEEDED)


class PackForm(PackVersionForm):
    """A new pack; `product` is its code."""

    product = SafeStr(most=40, required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(rules.PACK_KINDS, error="Choose one of these."),
        error_messages=_NEEDED,
    )
    name = SafeStr(most=120, required=True)


class PlanVersionForm(Input):
    """Terms of a plan; no allowance means unlimited."""

    effective_from = BizDate(required=True)
    interval_count = _count(120, least=1)
    interval_unit = fields.String(
        required=True,
        validate=validate.OneOf(get_args(Unit), error="Choose one of these."),
        error_messages=_NEEDED,
    )
    allowance = TextInt(low=1, high=rules.MOST_SESSIONS, load_default=None)
    rollover_cap = _count(rules.MOST_SESSIONS)
    rollover_periods = _count(rules.MOST_PERIODS)
    commitment_periods = _count(rules.MOST_PERIODS)
    notice_days = _count(rules.MOST_NOTICE_DAYS)
    hold_min_days = _count(rules.MOST_HOLD_DAYS, least=1)
    hold_max_days = _count(rules.MOST_HOLD_DAYS)
    roams = fields.String(required=True, validate=_YES_NO, error_messages=_NEEDED)


class PlanForm(PlanVersionForm):
    """A new plan; `product` is its code."""

    product = SafeStr(most=40, required=True)
    name = SafeStr(most=120, required=True)
    tier = _count(1000)


def read_pack(
    schema: type[PackVersionForm], places: Sequence[Location]
) -> tuple[dict[str, Any], PackTermsGiven]:
    """What was typed about a pack: the fields, and its terms. Raises Invalid naming each."""
    given = read_form(_with_amounts(schema, places, ("price",)), request.form)
    cents = _cents(given, places, "price")
    _require_some(cents)
    terms = PackTermsGiven(
        sessions=given["sessions"],
        window_days=given["window_days"],
        first_use_days=given["first_use_days"],
        roams=given["roams"] == "yes",
        prices=cents,
        effective_from=given["effective_from"],
    )
    return given, terms


def read_plan(
    schema: type[PlanVersionForm], places: Sequence[Location]
) -> tuple[dict[str, Any], PlanTermsGiven]:
    """The same about a plan."""
    given = read_form(_with_amounts(schema, places, PLAN_AMOUNTS), request.form)
    price, overage, joining, hold = (_cents(given, places, name) for name in PLAN_AMOUNTS)
    _require_some(price)
    tags = {
        place: PlanPriceTag(cents, overage.get(place), joining.get(place, 0), hold.get(place, 0))
        for place, cents in price.items()
    }
    terms = PlanTermsGiven(
        interval=Interval(given["interval_count"], given["interval_unit"]),
        allowance=given["allowance"],
        rollover_cap=given["rollover_cap"],
        rollover_periods=given["rollover_periods"],
        further=PlanRules(
            commitment_periods=given["commitment_periods"],
            notice_days=given["notice_days"],
            hold_min_days=given["hold_min_days"],
            hold_max_days=given["hold_max_days"],
            roams=given["roams"] == "yes",
        ),
        prices=tags,
        effective_from=given["effective_from"],
    )
    return given, terms


def _with_amounts(
    schema: type[Input], places: Sequence[Location], names: Sequence[str]
) -> type[Input]:
    amounts = {
        f"{name}-{place.slug}": Amount(load_default=None) for place in places for name in names
    }
    return schema.from_dict(amounts)  # type: ignore[return-value]  # it inherits from `schema`


def _cents(given: dict[str, Any], places: Sequence[Location], name: str) -> dict[UUID, int]:
    """Amounts that were typed, in minor units by location. Raises Invalid naming each field."""
    found: dict[UUID, int] = {}
    wrong: list[FieldProblem] = []
    for place in places:
        field, amount = f"{name}-{place.slug}", given[f"{name}-{place.slug}"]
        if isinstance(amount, Decimal):
            try:
                found[place.id] = cents_of(amount, place.currency)
            except ValueError as error:
                wrong.append(FieldProblem(f"/{field}", f"{error}."))
            else:
                wrong.extend(price_problems(f"/{field}", found[place.id]))
    if wrong:
        raise Invalid(fields=wrong)
    return found


def _require_some(prices: dict[UUID, int]) -> None:
    if not prices:
        raise Invalid("Give it a price at one studio at least.")
