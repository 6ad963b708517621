"""What a page shows of a hold: where the plan stands, and what the days that are asked for mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from billing.holds import holding
from billing.holds.holding import HoldQuote
from config.calendar import Period
from config.errors import TaperError, invalid_field
from config.pages import FormState
from locations import places
from membership.holds import hold_preview, hold_rows, medical_holds
from membership.models import Membership


def shown(plan: Membership, asked: Mapping[str, Any], *, on: date) -> dict[str, Any]:
    """The page of a live plan; `asked` holds `start` and `back`, or `back` alone to extend.

    Days that cannot be come back with the form, which names the field.
    """
    hold = hold_rows.live_for(plan.id)
    running = hold is not None and hold.state == "running"
    page: dict[str, Any] = {
        "hold": hold,
        "running": running,
        "request_for_health": medical_holds.asked_for(plan.id),
        "place": places.get(plan.location_id),
        "plan_name": hold_preview.plan_name(plan),
        "quote": None,
        "returning": hold_preview.of_return(plan.id, on=on) if running else None,
        "form": _typed(asked, None),
    }
    try:
        if running and asked.get("back"):
            page["quote"] = _quoted(holding.quote_extension(plan.id, until=asked["back"], on=on))
        elif hold is None and asked:
            page["quote"] = _quoted(holding.quote(plan.id, span=span_of(asked), on=on))
    except TaperError as error:
        page["form"] = _typed(asked, error)
    return page


def span_of(asked: Mapping[str, Any]) -> Period:
    """The days that were chosen. Raises Invalid where they are none."""
    if not asked.get("start"):
        raise invalid_field("/start", "Choose the first day of your break.")
    if not asked.get("back"):
        raise invalid_field("/back", "Choose your first day back.")
    if asked["back"] <= asked["start"]:
        raise invalid_field("/back", "The first day back comes after the first day of the break.")
    return Period(asked["start"], asked["back"])


def _quoted(quote: HoldQuote) -> dict[str, Any]:
    found = quote.outlook
    return {
        "days": found.span.days,
        "start": found.span.start,
        "last_access_on": found.last_access_on,
        "back_on": found.back_on,
        "before": found.before,
        "next_charge": found.next_charge,
        "credits": found.credits,
        "fee": quote.fee,
        "fee_currency": quote.currency,
    }


def _typed(asked: Mapping[str, Any], error: TaperError | None) -> FormState:
    values = {name: str(value) for name, value in asked.items()}
    if error is None:
        return FormState(values)
    return FormState(values, error.fields, error.message)
