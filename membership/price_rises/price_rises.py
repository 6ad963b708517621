"""Price rises: drafted, announced to every holder, called off. Who is raised, `raising` decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import SYSTEM, Actor
from config.calendar import Interval
from config.db import db
from config.errors import NotFound, Refused, invalid_field
from config.formats import day
from config.ids import new_id
from locations import places, policy
from membership.catalogue import catalog, product_versions
from membership.changes import change_rows
from membership.models import Plan, PlanPrice, PlanVersion, PriceRise, PriceRiseHolder
from membership.plans.membership_rows import locked
from membership.price_rises import price_rise_rows as rows
from membership.price_rises import raising, rise_letters
from membership.price_rises.price_rise_preview import lines
from membership.rules import price_rises as rules
from membership.rules.catalog import PlanPriceTag, PlanRules, price_problems


def draft(
    *,
    plan_id: UUID,
    location_id: UUID,
    price_cents: int | None,
    effective_from: date,
    reason: str,
    by: Actor,
    on: date,
    now: datetime,
) -> PriceRise:
    """A rise to look at, which nobody hears of yet.

    Without a price (minor units before tax) it is that of the plan's newest version. Raises
    Invalid for a day that leaves no room for the notices, or a price that is nobody's rise.
    """
    version = _newest(plan_id, location_id, effective_from)
    tag = db.session.get_one(PlanPrice, (version.id, location_id))
    wanted = tag.price_cents if price_cents is None else price_cents
    for problem in price_problems("/price", wanted):
        raise invalid_field(problem.field, problem.message)
    _require_room(location_id, effective_from, on=on)
    rise = PriceRise(
        id=new_id(),
        plan_id=plan_id,
        location_id=location_id,
        to_version_id=version.id if wanted == tag.price_cents else None,
        price_cents=wanted,
        effective_from=effective_from,
        state="draft",
        reason=reason,
        by_account_id=by.id,
        created_at=now,
    )
    db.session.add(rise)
    db.session.flush()
    if not rows.holders_of(rise):
        raise invalid_field("/price", "Nobody holds this plan here for less.")
    _record(rise, "drafted", by=by, now=now)
    return rise


def announce(price_rise_id: UUID, *, by: Actor, on: date, now: datetime) -> PriceRise:
    """Make the version with the new price, and plan every holder's notices; twice is once.

    Raises Invalid where the day has come too close meanwhile, Refused("called_off").
    """
    rise = rows.locked_rise(price_rise_id)
    if rise.state == "announced":
        return rise
    if rise.state == "called_off":
        raise Refused("called_off", "This rise was called off: draft a new one.")
    _require_room(rise.location_id, rise.effective_from, on=on)
    if rise.to_version_id is None:
        rise.to_version_id = _dearer_version(rise).id
    rise.state = "announced"
    for line in lines(rise, on=on):
        holder = PriceRiseHolder(
            id=new_id(),
            price_rise_id=rise.id,
            membership_id=line.membership_id,
            old_price_cents=line.old_cents,
            new_price_cents=line.new_cents,
            applies_on=line.applies_on,
            state="planned" if line.code is None else "not_raised",
            code=line.code,
        )
        db.session.add(holder)
        db.session.flush()
        if line.code is None:
            raising.plan_notices(holder, rise, locked(line.membership_id))
    _record(rise, "announced", by=by, now=now)
    return rise


def call_off(price_rise_id: UUID, *, by: Actor, now: datetime) -> PriceRise:
    """Nobody is raised any more; whoever was told hears so. Those raised already stay raised.

    Twice is once. New members go on paying what the plan's newest version says.
    """
    rise = rows.locked_rise(price_rise_id)
    if rise.state == "called_off":
        return rise
    for holder, _ in rows.outcomes(rise.id):
        if holder.state in rows.OPEN:
            membership = locked(holder.membership_id)
            change = rows.change_of(holder)
            if change is not None and change.state == "applied":
                continue
            if change is not None and change.state == "pending":
                change_rows.close(change, "dropped", by=SYSTEM, now=now)
            if raising.was_told(holder):
                rise_letters.price_stays(membership, holder.id, now=now)
            raising.leave(holder, "called_off")
    rise.state = "called_off"
    db.session.flush()
    _record(rise, "called_off", by=by, now=now)
    return rise


def _require_room(location_id: UUID, effective_from: date, *, on: date) -> None:
    """The longest notice must fit before the day."""
    days = policy.policy_at(places.get(location_id), on).price_notice_days
    soonest = rules.earliest(on, on=on, notice_days=days)
    if effective_from < soonest:
        message = f"Members hear of it {max(days)} days before: {day(soonest)} at the soonest."
        raise invalid_field("/effective_from", message)


def _newest(plan_id: UUID, location_id: UUID, on: date) -> PlanVersion:
    """The version that is sold at the location on a date. Raises NotFound."""
    code = db.session.scalar(sa.select(Plan.code).where(Plan.id == plan_id))
    for terms in catalog.offers(location_id, on).plans:
        if terms.code == code:
            return db.session.get_one(PlanVersion, terms.plan_version_id)
    raise NotFound("plan")


def _dearer_version(rise: PriceRise) -> PlanVersion:
    """The newest terms with the new price at this location, from the rise's day on."""
    newest = _newest(rise.plan_id, rise.location_id, rise.effective_from)
    tags = catalog.price_tags(newest.id)
    tags[rise.location_id] = replace(tags[rise.location_id], price_cents=rise.price_cents)
    return _version_like(newest, tags, effective_from=rise.effective_from)


def _version_like(
    version: PlanVersion, tags: dict[UUID, PlanPriceTag], *, effective_from: date
) -> PlanVersion:
    return product_versions.new_plan_version(
        version.plan_id,
        interval=Interval(version.interval_count, version.interval_unit),  # type: ignore[arg-type]  # its CHECK knows it
        allowance=version.allowance,
        rollover_cap=version.rollover_cap,
        rollover_periods=version.rollover_periods,
        prices=tags,
        effective_from=effective_from,
        further=PlanRules(
            commitment_periods=version.commitment_periods,
            notice_days=version.notice_days,
            hold_min_days=version.hold_min_days,
            hold_max_days=version.hold_max_days,
            roams=version.roams,
        ),
    )


def _record(rise: PriceRise, act: str, *, by: Actor, now: datetime) -> None:
    audit.record(
        actor=by,
        action=f"price_rise.{act}",
        subject_type="price_rise",
        subject_id=rise.id,
        location_id=rise.location_id,
        facts={
            "plan_id": rise.plan_id,
            "price_cents": rise.price_cents,
            "effective_from": rise.effective_from,
            "reason": rise.reason,
        },
        now=now,
    )
