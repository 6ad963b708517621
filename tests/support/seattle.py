"""Seattle as most tests know it: open since 2026, taxing packs and plans at 10.35 %."""

from __future__ import annotations

from datetime import date

from locations import places, tax_rates
from locations.models import Location

SINCE = date(2026, 1, 1)


def open_place() -> Location:
    """The studio with its rates, in the caller's transaction; nothing is on sale yet."""
    sea = places.open_place(
        slug="sea",
        name="Seattle",
        zone="America/Los_Angeles",
        currency="USD",
        jurisdiction="US-WA",
        address="1 Pine Street\nSeattle, WA 98101",
        number_prefix="SEA",
        legal_entity="Taper Washington LLC",
        stripe_account="default",
        opened_on=SINCE,
    )
    for taxed in ("pack", "plan"):
        tax_rates.begin(
            location_id=sea.id,
            product_class=taxed,
            name="WA sales tax",
            rate_ppm=103_500,
            effective_from=SINCE,
        )
    return sea
