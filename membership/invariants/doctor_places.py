"""Invariants of places: a row lies at a location that is there, and where its parent does."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from config.doctor import Breach, Doctor, breach
from locations.models import Location
from membership.models import CreditGrant, MemberPack, MembershipPeriod


def register(doctor: Doctor) -> None:
    """Add the membership floor's invariants about places to the doctor."""
    doctor.register("A2", "a row lies where its parent does", *_PLACES_AGREE)


def _apart(parent: type[MembershipPeriod | MemberPack], place: InstrumentedAttribute) -> Breach:
    """Credits that lie elsewhere than what brought them."""

    @breach(lambda row: f"credit_grant {row.id} lies elsewhere than its {parent.__tablename__}")
    def apart() -> sa.Select:
        brought = sa.select(CreditGrant.id).join(parent, parent.id == CreditGrant.source_id)
        return brought.where(CreditGrant.location_id != place)

    return apart


def _nowhere(model: type[MembershipPeriod | CreditGrant]) -> Breach:
    """Rows of a place that does not exist: no constraint says so where a run writes many."""

    @breach(lambda row: f"{model.__tablename__} {row.id} lies at no location")
    def nowhere() -> sa.Select:
        there = sa.exists().where(Location.id == model.location_id)
        return sa.select(model.id).where(~there)

    return nowhere


_PLACES_AGREE = (
    _nowhere(MembershipPeriod),
    _nowhere(CreditGrant),
    _apart(MembershipPeriod, MembershipPeriod.location_id),
    _apart(MemberPack, MemberPack.sold_at),
)
