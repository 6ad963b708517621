"""The locations that a report is about: of one currency, by key and by short name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from config.errors import Refused
from locations.models import Location


@dataclass(frozen=True, slots=True)
class Places:
    """Locations by name, and what they all count in."""

    by_id: dict[UUID, Location]
    currency: str

    @property
    def ids(self) -> list[UUID]:
        """Their keys, in the order of their names."""
        return list(self.by_id)


def together(chosen: Sequence[Location]) -> Places:
    """These locations as one; Refused("several_currencies") where such sums would mean nothing."""
    currencies = {place.currency for place in chosen}
    if len(currencies) > 1:
        raise Refused(
            "several_currencies", "These locations count in different currencies. Choose one."
        )
    ordered = sorted(chosen, key=lambda place: place.name)
    return Places({place.id: place for place in ordered}, currencies.pop() if currencies else "USD")
