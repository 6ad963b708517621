"""What a member is charged next for their plan, under the terms that will hold on that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from membership.catalogue import plan_names
from membership.changes import change_rows
from membership.models import Consent, Membership
from membership.plans import plan_charges, promo_periods
from membership.plans.plan_charges import PlanCharge
from membership.price_rises.price_rise_view import Coming
from membership.rules.changes import is_due


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge to come; amounts in minor units of `currency`, tax at the rate known today."""

    on: date | None
    plan_name: str
    price_cents: int
    tax_cents: int
    tax_label: str
    currency: str
    joining_cents: int = 0

    @property
    def total_cents(self) -> int:
        return self.price_cents + self.joining_cents + self.tax_cents


def upcoming(held: Membership, plan_name: str, dearer: Coming | None) -> Charge | None:
    """What the next renewal takes; on hold its date has moved by the days already."""
    goes_on = held.ends_on is None or held.ends_on > held.next_due_on
    if held.status not in ("active", "frozen") or not goes_on:
        return None
    return charge_on(held, plan_name, dearer, on=held.next_due_on)


def charge_on(
    held: Membership, plan_name: str, dearer: Coming | None, *, on: date, after: int = 0
) -> Charge:
    """What a renewal on a date takes: under the terms of a change that waits for it, if one does,
    else at the price that was announced for it; `after` counts the charges that come before it.
    """
    price_cents, location_id = held.price_cents, held.location_id
    version_id = held.plan_version_id
    change = change_rows.pending_of(held.id)
    if change is not None and is_due(change.facts, next_due_on=on):
        price_cents, location_id = change.price_cents, change.location_id
        version_id = change.to_version_id
        plan_name = plan_names.name_of(version_id)
    elif change is None and dearer is not None and dearer.on == on:
        price_cents = dearer.price_cents
    found = plan_charges.on_day(
        price_cents,
        location_id=location_id,
        on=on,
        member_id=held.member_id,
        code=promo_periods.of_charge(held.id, plan_version_id=version_id, after=after),
    )
    return shown(found, on=on, plan_name=plan_name, held=held)


def shown(
    charge: PlanCharge, *, on: date | None, plan_name: str, held: Membership | Consent
) -> Charge:
    return Charge(
        on=on,
        plan_name=plan_name,
        price_cents=charge.price_cents,
        tax_cents=charge.tax_cents,
        tax_label=charge.tax_label,
        currency=held.currency,
        joining_cents=charge.joining_cents,
    )
