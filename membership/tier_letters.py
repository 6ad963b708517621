"""What a member is told about another tier: its name, sessions and price with tax."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from config import outbox
from config.db import db
from config.formats import money
from config.money import tax_cents
from locations import places, tax_rates
from membership import tier_rows
from membership.models import Member, Membership
from membership.rules.catalog import PlanTerms


def facts(membership: Membership, to: PlanTerms, *, on: date) -> dict[str, str | int | None]:
    """Both plans as a mail names them, with the tax of a date."""
    rate = tax_rates.in_force(membership.location_id, on=on).get("plan")
    tax = tax_cents(to.price_cents, rate_ppm=rate.rate_ppm) if rate else 0
    return {
        "plan_name": tier_rows.name_of(membership.plan_version_id),
        "to_name": to.name,
        "sessions": to.allowance,
        "price": money(to.price_cents, to.currency),
        "tax": money(tax, to.currency),
        "total": money(to.price_cents + tax, to.currency),
    }


def stays(membership: Membership, suggestion_id: UUID, *, now: datetime) -> None:
    """The step down that was announced does not happen."""
    member = db.session.get_one(Member, membership.member_id)
    outbox.put(
        dedupe_key=f"step_down_dropped:{suggestion_id}",
        to=member.email,
        template="step_down_dropped",
        context={
            "name": member.name,
            "plan_name": tier_rows.name_of(membership.plan_version_id),
            "place_name": places.get(membership.location_id).name,
        },
        now=now,
    )
