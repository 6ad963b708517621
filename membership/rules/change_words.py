"""The exact words with which a member agrees to another plan. Other words are a new version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from membership.rules.consents import every, sessions

VERSION: Final = "change-2027-1"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is agreed to, written for people; amounts come formatted with their currency.

    `today` is what is paid at once, none for a change at the renewal on `from_day`.
    """

    plan_name: str
    place_name: str
    sessions: int | None
    interval_count: int
    interval_unit: str
    price: str
    tax: str
    total: str
    overage: str | None
    from_day: str
    today: str | None


def wording(asked: Asked) -> str:
    """One sentence for each promise: what, how much, when, and how to leave."""
    undo = None if asked.today else "I can take this change back online until that day."
    said = [_now(asked), _from(asked), _overage(asked), undo, _LEAVE]
    return " ".join(filter(None, said))


_LEAVE: Final = (
    "I can cancel online at any time in two clicks; the plan then ends with the period I have "
    "paid for."
)


def _now(asked: Asked) -> str | None:
    if asked.today is None:
        return None
    return (
        f"I change to the plan {asked.plan_name} at {asked.place_name} today and pay "
        f"{asked.today}, tax included, for the time until {asked.from_day}."
    )


def _from(asked: Asked) -> str:
    return (
        f"From {asked.from_day} on I agree to the plan {asked.plan_name} at {asked.place_name}: "
        f"{sessions(asked.sessions, asked.interval_count, asked.interval_unit)} for {asked.price} "
        f"plus {asked.tax} tax, {asked.total} in all, charged to my saved card at the start of "
        f"{every(asked.interval_count, asked.interval_unit)} until I cancel."
    )


def _overage(asked: Asked) -> str | None:
    if asked.overage is None:
        return None
    return (
        f"A session beyond these costs {asked.overage} plus tax, and is charged to my saved card "
        "only when I ask for it."
    )
