"""What a form of the catalogue begins with: the newest terms, as they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from config.money import minor_digits
from locations.models import Location
from membership.catalogue.catalogue_view import PackPage, PlanPage
from membership.manager.catalogue_forms import PLAN_AMOUNTS, PlanVersionForm


def pack_values(page: PackPage, places: Sequence[Location]) -> dict[str, str]:
    """The newest terms of a pack as a form begins with them; the day is still to be chosen."""
    if not page.versions:
        return {}
    row = page.versions[0]
    names = ("sessions", "window_days", "first_use_days")
    values = {name: str(getattr(row.version, name)) for name in names}
    values["roams"] = "yes" if row.version.roams else "no"
    for place in places:
        price = row.prices.get(place.id)
        values[f"price-{place.slug}"] = _typed(price.price_cents, place) if price else ""
    return values


def plan_values(page: PlanPage, places: Sequence[Location]) -> dict[str, str]:
    """The same of a plan."""
    if not page.versions:
        return {}
    row = page.versions[0]
    names = [name for name in PlanVersionForm().fields if name not in ("effective_from", "roams")]
    found = {name: getattr(row.version, name) for name in names}
    values = {name: "" if value is None else str(value) for name, value in found.items()}
    values["roams"] = "yes" if row.version.roams else "no"
    for place in places:
        price = row.prices.get(place.id)
        if price is not None:
            amounts = (price.price_cents, price.overage_cents, price.joining_cents,
                       price.hold_fee_cents)  # fmt: skip
            for name, cents in zip(PLAN_AMOUNTS, amounts, strict=True):
                typed = "" if cents is None else _typed(cents, place)
                values[f"{name}-{place.slug}"] = typed
    return values


def _typed(cents: int, place: Location) -> str:
    digits = minor_digits(place.currency)
    return f"{Decimal(cents).scaleb(-digits):f}"
