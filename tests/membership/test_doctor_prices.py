"""The doctor finds a price that was raised untold, too often, and a suggestion made too soon."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Flask

from config.db import db, insert_many, transaction
from config.doctor import Doctor
from config.ids import new_id
from membership.catalogue import plan_names
from membership.invariants import doctor_prices
from membership.models import PriceRise, PriceRiseHolder, TierSuggestion
from tests.membership.shop import hold_plan, join, noon, open_shop


def complaints() -> list[str]:
    visiting = Doctor()
    doctor_prices.register(visiting)
    return [f"{f.code}: {text}" for f in visiting.examine() for text in f.violations]


def raise_untold(membership_id: UUID, version: UUID, place: UUID, on: date) -> None:
    """A holder who is raised although nobody wrote to them."""
    with transaction():
        rise = PriceRise(
            id=new_id(),
            plan_id=plan_names.plan_of(version),
            location_id=place,
            to_version_id=version,
            price_cents=8500,
            effective_from=on,
            state="announced",
            reason="Rent",
            created_at=noon(1, 1),
        )
        db.session.add(rise)
        db.session.flush()
        db.session.add(
            PriceRiseHolder(
                id=new_id(),
                price_rise_id=rise.id,
                membership_id=membership_id,
                old_price_cents=7900,
                new_price_cents=8500,
                applies_on=on,
                state="raised",
            )
        )


def test_who_was_raised_untold_and_twice_in_a_year_is_found(app: Flask) -> None:
    shop = open_shop()
    held = hold_plan(join(shop.seattle), shop.maint_2, shop.seattle, "active")
    assert complaints() == []
    raise_untold(held, shop.maint_2, shop.seattle, date(2027, 3, 1))
    assert complaints() == [f"N2: membership {held} was raised without all of its notices"]
    raise_untold(held, shop.maint_2, shop.seattle, date(2027, 9, 1))
    assert f"N3: membership {held} was raised more than 1 times in 2027" in complaints()


def test_a_suggestion_in_the_quiet_time_of_another_is_found(app: Flask) -> None:
    shop = open_shop()
    held = hold_plan(join(shop.boise), shop.maint_2, shop.boise, "active")
    for made_on, quiet_until in (
        (date(2027, 1, 10), date(2027, 4, 10)),
        (date(2027, 4, 10), date(2027, 7, 9)),
        (date(2027, 7, 8), date(2027, 10, 6)),
    ):
        row = {
            "id": new_id(),
            "membership_id": held,
            "kind": "step_up",
            "state": "made",
            "to_version_id": shop.maint_2,
            "made_on": made_on,
            "quiet_until": quiet_until,
        }
        with transaction():
            insert_many(TierSuggestion, [row])
    assert complaints() == [
        f"N5: membership {held}: something was suggested on 2027-07-08, too soon"
    ]
