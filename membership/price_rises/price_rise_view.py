"""The dearer price that a member was told of, as their own pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from config.db import db
from membership.models import Membership, PriceRise, PriceRiseHolder
from membership.plans import plan_charges
from membership.price_rises.price_rise_rows import OPEN


@dataclass(frozen=True, slots=True)
class Coming:
    """From when a plan costs more; minor units of `currency`, tax at the rate of that day."""

    on: date
    old_cents: int
    price_cents: int
    tax_cents: int
    currency: str

    @property
    def total_cents(self) -> int:
        return self.price_cents + self.tax_cents


def coming(membership: Membership) -> Coming | None:
    """The announced price that waits for a renewal of this membership, if one does."""
    query = (
        sa.select(PriceRiseHolder)
        .join(PriceRise, PriceRise.id == PriceRiseHolder.price_rise_id)
        .where(
            PriceRiseHolder.membership_id == membership.id,
            PriceRiseHolder.state.in_(OPEN),
            PriceRise.state == "announced",
        )
        .order_by(PriceRiseHolder.applies_on)
        .limit(1)
    )
    found = db.session.scalar(query)
    if found is None:
        return None
    charge = plan_charges.on_day(
        found.new_price_cents,
        location_id=membership.location_id,
        on=found.applies_on,
        member_id=membership.member_id,
    )
    return Coming(
        on=found.applies_on,
        old_cents=membership.price_cents,
        price_cents=found.new_price_cents,
        tax_cents=charge.tax_cents,
        currency=membership.currency,
    )
