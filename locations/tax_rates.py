"""Tax rates of locations: what is charged on packs, plans and fees, from when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from config.db import core, db
from config.errors import Refused, invalid_field
from config.ids import new_id
from config.money import PPM
from locations.models import TaxRate
from locations.rules import tax_rates as rules
from locations.rules.tax_rates import TaxRateValue

PRODUCT_CLASSES = ("pack", "plan", "fee")
# Built once: every price shown asks it.
_RATES = sa.select(
    TaxRate.product_class, TaxRate.effective_from, TaxRate.name, TaxRate.rate_ppm
).where(TaxRate.location_id == sa.bindparam("location"))


def begin(
    *, location_id: UUID, product_class: str, name: str, rate_ppm: int, effective_from: date
) -> TaxRate:
    """Let a rate hold from a date on; what was invoiced before keeps its own.

    Raises Invalid outside 0 to under 100 %, Refused where a rate begins that day already.
    """
    if product_class not in PRODUCT_CLASSES:
        raise invalid_field("/product_class", f"must be one of {', '.join(PRODUCT_CLASSES)}")
    if not 0 <= rate_ppm < PPM:
        raise invalid_field("/rate_ppm", "must be from 0 to under 100 %")
    same = sa.select(TaxRate.id).where(
        TaxRate.location_id == location_id,
        TaxRate.product_class == product_class,
        TaxRate.effective_from == effective_from,
    )
    if db.session.scalar(same):
        raise Refused("rate_begins_already", "A rate begins on that day already.")
    rate = TaxRate(
        id=new_id(),
        location_id=location_id,
        product_class=product_class,
        name=name,
        rate_ppm=rate_ppm,
        effective_from=effective_from,
    )
    db.session.add(rate)
    db.session.flush()
    return rate


def in_force(location_id: UUID, *, on: date) -> Mapping[str, TaxRateValue]:
    """The rate that holds on a date for "pack", "plan" and "fee"; a class may have none."""
    dated = [
        rules.DatedRate(row.product_class, row.effective_from, TaxRateValue(row.name, row.rate_ppm))
        for row in core(_RATES, {"location": location_id})
    ]
    return rules.in_force(dated, on=on)
