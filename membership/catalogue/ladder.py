"""The price ladder of every studio, on every day on which a list is about to change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from config.db import db
from config.formats import money
from locations import places
from locations.models import Location
from membership.catalogue import catalog
from membership.models import PackVersion, PlanVersion
from membership.rules import ladder as rules
from membership.rules.ladder import Rung


@dataclass(frozen=True, slots=True)
class Warned:
    """A sentence about two prices of a location, as they stand from a day on."""

    place_name: str
    since: date
    product: str
    text: str


def warnings_from(on: date) -> list[Warned]:
    """What is odd about the lists of the open studios, from a date on; each oddity once.

    Looks at the list of the date and at every later day on which a version begins.
    """
    found: dict[tuple[str, Rung], Warned] = {}
    for location in places.open_ones():
        for day in _days_from(on):
            for rung in rules.warnings(catalog.offers(location.id, day)):
                key = (location.slug, rung)
                found.setdefault(key, _said(rung, location, since=day))
    return list(found.values())


def _days_from(on: date) -> list[date]:
    def begins(model: type[PackVersion] | type[PlanVersion]) -> Iterator[date]:
        later = sa.select(model.effective_from).where(model.effective_from > on).distinct()
        yield from db.session.scalars(later)

    return sorted({on, *begins(PackVersion), *begins(PlanVersion)})


def _said(rung: Rung, location: Location, *, since: date) -> Warned:
    above = money(rung.above_cents, location.currency)
    text = {
        "booster_above_overage": (
            f"{rung.product} costs {above} more than as many single sessions on {rung.beside}."
        ),
        "rung_not_dearer": f"{rung.product} costs no more than the lower tier {rung.beside}.",
        "rung_dearer_each": (
            f"A session on {rung.product} costs more than one on the lower tier {rung.beside}."
        ),
    }[rung.code]
    return Warned(location.name, since, rung.product, text)
