"""What a holder is told about a price rise."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from config.formats import money
from membership.catalogue import plan_names
from membership.models import Membership
from membership.plans import letters, plan_charges


def facts(membership: Membership, *, price_cents: int, on: date) -> dict[str, str]:
    """Old and new price as a mail names them, with the tax of the day it begins."""
    charge = plan_charges.on_day(
        price_cents, location_id=membership.location_id, on=on, member_id=membership.member_id
    )
    return {
        "plan_name": plan_names.name_of(membership.plan_version_id),
        "old_price": money(membership.price_cents, membership.currency),
        "price": money(price_cents, membership.currency),
        "tax": money(charge.tax_cents, membership.currency),
        "total": money(charge.total_cents, membership.currency),
    }


def price_stays(membership: Membership, holder_id: UUID, *, now: datetime) -> None:
    """The rise that was announced does not come."""
    told = {"price": money(membership.price_cents, membership.currency)}
    key = f"price_stays:{holder_id}"
    letters.about_plan(membership, "price_stays", key=key, told=told, now=now)
