"""What somebody may still claim from a studio, and since when nothing moved it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from config.calendar import add_months, local_date
from locations.models import Location

# What the state was given, or gave back, is no use that anybody made of it.
OF_THE_STATE: Final = ("to_state", "returned")
Kind = Literal["expired", "gift_card", "account_credit"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Dormant value: an expiry's journal entry, a gift card, or a member with credit.

    `whose` names the member, or the card; `since` is the last movement; minor units.
    """

    kind: Kind
    key: UUID
    whose: str
    since: date
    amount_cents: int

    @property
    def name(self) -> str:
        """How a form names it."""
        return f"{self.kind}:{self.key}"


def since(moved_at: datetime, place: Location) -> date:
    """The day at a studio on which something moved last."""
    return local_date(moved_at, place.zone)


def is_dormant(moved_on: date, *, years: int, on: date) -> bool:
    """Whether so many years have passed without a movement by a day."""
    return add_months(moved_on, 12 * years, anchor_day=moved_on.day) <= on
