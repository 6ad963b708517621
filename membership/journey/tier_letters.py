"""What a member is told about another tier: its name, sessions and price with tax."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from config.formats import money
from membership.catalogue import plan_names
from membership.models import Membership
from membership.plans import letters, plan_charges
from membership.rules.catalog import PlanTerms


def facts(membership: Membership, to: PlanTerms, *, on: date) -> dict[str, str | int | None]:
    """Both plans as a mail names them, with the tax of a date."""
    charge = plan_charges.on_day(
        to.price_cents, location_id=membership.location_id, on=on, member_id=membership.member_id
    )
    return {
        "plan_name": plan_names.name_of(membership.plan_version_id),
        "to_name": to.name,
        "sessions": to.allowance,
        "price": money(to.price_cents, to.currency),
        "tax": money(charge.tax_cents, to.currency),
        "total": money(charge.total_cents, to.currency),
    }


def stays(membership: Membership, suggestion_id: UUID, *, now: datetime) -> None:
    """The step down that was announced does not happen."""
    key = f"step_down_dropped:{suggestion_id}"
    letters.about_plan(membership, "step_down_dropped", key=key, told={}, now=now)
