"""What a price rise would bring: each holder's old and new price and first date, and the sums.

Announcing it takes the same lines: what is previewed is what is told and billed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from config.calendar import month_of
from config.money import tax_cents
from locations import places, policy, tax_rates
from membership.models import Membership, PlanVersion, PriceRise
from membership.people import exemptions
from membership.price_rises import price_rise_rows as rows
from membership.rules import price_rises as rules
from membership.rules.mrr import monthly_cents


@dataclass(frozen=True, slots=True)
class Line:
    """One holder; prices in minor units before tax. `code` says why the price stays, if it does."""

    membership_id: UUID
    name: str
    old_cents: int
    new_cents: int
    applies_on: date
    code: str | None
    extra_cents: int
    extra_tax_cents: int
    monthly_cents: int


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What the holders who pay more for the first time in a month pay more then."""

    month: date
    holders: int
    extra_cents: int
    extra_tax_cents: int

    @property
    def total_cents(self) -> int:
        return self.extra_cents + self.extra_tax_cents


@dataclass(frozen=True, slots=True)
class Preview:
    """All holders by name, and the sums of those who are raised.

    `monthly_cents` is what the MRR grows by once all are raised, before tax.
    """

    lines: tuple[Line, ...]
    months: tuple[MonthSum, ...]
    holders: int
    extra_cents: int
    extra_tax_cents: int
    monthly_cents: int
    currency: str


def preview(rise: PriceRise, *, on: date) -> Preview:
    """What it would bring if it were announced on a date."""
    found = lines(rise, on=on)
    raised = [line for line in found if line.code is None]
    by_month: dict[date, list[Line]] = defaultdict(list)
    for line in raised:
        by_month[month_of(line.applies_on)].append(line)
    return Preview(
        lines=tuple(sorted(found, key=lambda line: (line.name, line.membership_id))),
        months=tuple(_month(month, by_month[month]) for month in sorted(by_month)),
        holders=len(raised),
        extra_cents=sum(line.extra_cents for line in raised),
        extra_tax_cents=sum(line.extra_tax_cents for line in raised),
        monthly_cents=sum(line.monthly_cents for line in raised),
        currency=places.get(rise.location_id).currency,
    )


def lines(rise: PriceRise, *, on: date) -> list[Line]:
    """Every holder of the plan who pays less, and what would become of them."""
    location = places.get(rise.location_id)
    land = policy.policy_at(location, rise.effective_from)
    held = rows.holders_of(rise)
    ids = [membership.id for membership, _, _ in held]
    raised_on, changing = rows.raised_on(ids), rows.changing(ids)
    waiting = rows.in_another(ids, price_rise_id=rise.id)
    soonest = rules.earliest(rise.effective_from, on=on, notice_days=land.price_notice_days)
    taxes = _Taxes(location.id)
    found = []
    for membership, version, name in held:
        schedule = rows.schedule_of(membership, version)
        applies_on = rules.first_renewal(schedule, not_before=soonest)
        code = rules.left_out(
            status=membership.status,
            ends_on=membership.ends_on,
            changing=membership.id in changing,
            applies_on=applies_on,
        )
        before = raised_on.get(membership.id, ())
        if code is None and membership.id in waiting:
            code = "other_rise"
        elif code is None and rules.guarded(
            applies_on, raised_on=before, per_year=land.dues_raises_per_year
        ):
            code = "raised_this_year"
        ppm = taxes.ppm(membership.member_id, on=applies_on)
        found.append(_line(rise, membership, version, name, applies_on, code, rate_ppm=ppm))
    return found


class _Taxes:
    """What plans are taxed at on the days of a rise; each day is asked for once for all holders."""

    def __init__(self, location_id: UUID) -> None:
        self._location_id = location_id
        self._days: dict[date, tuple[int, Collection[UUID]]] = {}

    def ppm(self, member_id: UUID, *, on: date) -> int:
        """A member's own rate on a date in parts per million: none while a certificate holds."""
        if on not in self._days:
            rate = tax_rates.in_force(self._location_id, on=on).get("plan")
            exempt = exemptions.certificates(self._location_id, on=on)
            self._days[on] = (rate.rate_ppm if rate else 0, exempt)
        usual, exempt = self._days[on]
        return 0 if member_id in exempt else usual


def _line(
    rise: PriceRise,
    membership: Membership,
    version: PlanVersion,
    name: str,
    applies_on: date,
    code: str | None,
    *,
    rate_ppm: int,
) -> Line:
    old, new = membership.price_cents, rise.price_cents
    every = {"interval_count": version.interval_count, "interval_unit": version.interval_unit}
    return Line(
        membership_id=membership.id,
        name=name,
        old_cents=old,
        new_cents=new,
        applies_on=applies_on,
        code=code,
        extra_cents=new - old,
        extra_tax_cents=tax_cents(new, rate_ppm=rate_ppm) - tax_cents(old, rate_ppm=rate_ppm),
        monthly_cents=monthly_cents(new, **every) - monthly_cents(old, **every),
    )


def _month(month: date, raised: list[Line]) -> MonthSum:
    return MonthSum(
        month=month,
        holders=len(raised),
        extra_cents=sum(line.extra_cents for line in raised),
        extra_tax_cents=sum(line.extra_tax_cents for line in raised),
    )
