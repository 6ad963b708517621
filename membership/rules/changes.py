"""Other terms for a held plan: their kinds, why they are refused, and which renewal takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

from config.errors import Refused

Kind = Literal["upgrade", "downgrade", "interval", "price_rise", "step_down", "move"]
# What the house brings about never takes the place of what a member asked for.
BY_THE_HOUSE: Final[frozenset[str]] = frozenset({"price_rise", "step_down"})
# Prices that were announced charge later in the day than plain renewals.
AFTER_NOTICE: Final[frozenset[str]] = frozenset({"price_rise"})
REFUSALS: Final[Mapping[str, str]] = {
    "cancel_pending": "Your plan is cancelled: take the cancellation back first.",
    "payment_pending": "A payment for this plan is still on its way. Please try again once it has "
    "arrived.",
    "change_pending": "Another change of this plan is waiting already.",
    "same_plan": "You hold this plan already.",
    "not_sold_here": "This plan is not sold here.",
    "only_at_renewal": "A smaller plan begins with your next renewal.",
    "needs_agreement": "This costs more than what was agreed to: the member agrees on their own "
    "page.",
    "terms_changed": "These amounts have changed: please read them once more.",
    "nothing_to_undo": "There is no change to take back.",
    "other_currency": "This studio charges in another currency.",
    "undo_on_plan_page": "This belongs to a change of your plan: take the change back instead.",
}


def refuse(code: str) -> Refused:
    """The refusal of this name, in words for a member."""
    return Refused(code, REFUSALS[code])


def not_before(facts: Mapping[str, Any]) -> date | None:
    """The first day on which a change may take effect, where it is bound to one."""
    found = facts.get("not_before")
    return date.fromisoformat(found) if found else None


def is_due(facts: Mapping[str, Any], *, next_due_on: date) -> bool:
    """Whether a pending change belongs to this renewal; a hold may have moved it meanwhile."""
    bound = not_before(facts)
    return bound is None or bound <= next_due_on


def is_covered(*, total_cents: int, agreed_total_cents: int) -> bool:
    """Whether an agreement to pay so much, tax included, covers what is charged now."""
    return total_cents <= agreed_total_cents
