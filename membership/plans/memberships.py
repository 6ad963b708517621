"""Held plans: how one starts, and learns of its payments."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from config.db import db
from config.errors import NotFound, Refused
from config.ids import new_id
from membership.holds import hold_rows
from membership.models import Consent, Membership, PlanPrice, PlanVersion
from membership.mrr import mrr
from membership.plans.membership_rows import live_for, locked
from membership.rules import grace
from membership.rules.answers import Moves
from membership.rules.cycle import cycle_of
from membership.rules.membership_status import REFUSALS, Answer, answer


def start(
    *,
    member_id: UUID,
    plan_version_id: UUID,
    location_id: UUID,
    consent_id: UUID | None,
    on: date,
    now: datetime,
    member_pack_id: UUID | None = None,
) -> Membership:
    """A pending membership anchored on `on`, its first period due that day.

    The price is the consented one where there is a consent, else the location's. Raises
    Refused("already_member") where a plan is live, NotFound where the plan has no price here.
    """
    if live_for(member_id) is not None:
        raise Refused("already_member", REFUSALS["already_member"])
    price_cents, currency = _agreed_price(consent_id, plan_version_id, location_id)
    membership = Membership(
        id=new_id(),
        member_id=member_id,
        location_id=location_id,
        plan_version_id=plan_version_id,
        price_cents=price_cents,
        currency=currency,
        status="pending",
        anchor=on,
        anchor_day=on.day,
        next_n=0,
        next_due_on=on,
        consent_id=consent_id,
        member_pack_id=member_pack_id,
        committed_until=_committed_until(plan_version_id, on),
        created_at=now,
    )
    db.session.add(membership)
    db.session.flush()
    return membership


def payment_succeeded(membership_id: UUID, *, on: date, now: datetime) -> Answer:
    """The open recurring invoice was paid: a start becomes active, arrears are over.

    Returns the table's answer; for an ended membership nothing changes, and the caller
    parks the money for a person.
    """
    membership = locked(membership_id)
    found = answer(membership.status, "payment_succeeded")
    if membership.status == "locked" and membership.disputed_on is not None:
        membership.grace_until = None  # the arrears are over; what a bank decides about is not
        membership.arrears_since = None
        db.session.flush()
    elif isinstance(found, Moves):
        begins = membership.started_on is None
        membership.started_on = membership.started_on or on
        membership.status = found.to
        membership.grace_until = None
        membership.arrears_since = None
        db.session.flush()
        if begins:
            mrr.restate(membership, cause="started", on=on, now=now)
            if hold_rows.running_for(membership.id) is not None:  # granted before the first payment
                membership.status = "frozen"
                mrr.restate(membership, cause="frozen", on=on, now=now)
    elif membership.status == "frozen":
        membership.arrears_since = None
        db.session.flush()
    return found


def payment_failed(membership_id: UUID, *, period_end: date, on: date, now: datetime) -> Answer:
    """A renewal up to `period_end` was declined on local date `on`: grace begins.

    A start that was declined stays pending, and a second decline changes nothing.
    """
    membership = locked(membership_id)
    found = answer(membership.status, "payment_failed")
    if isinstance(found, Moves):
        began = membership.period_start or membership.anchor
        membership.status = found.to
        membership.arrears_since = min(on, began)
        membership.grace_until = grace.grace_until(
            failed_on=on, period_start=began, period_end=period_end
        )
        db.session.flush()
    elif membership.status in ("frozen", "locked") and membership.arrears_since is None:
        membership.arrears_since = on  # hold or dispute goes on; its end leads to grace
        db.session.flush()
    return found


def _agreed_price(
    consent_id: UUID | None, plan_version_id: UUID, location_id: UUID
) -> tuple[int, str]:
    """Price in cents and its currency."""
    if consent_id is not None:
        consent = db.session.get(Consent, consent_id)
        if consent is None or consent.plan_version_id != plan_version_id:
            raise NotFound("consent")
        return consent.price_cents, consent.currency
    price = db.session.get(PlanPrice, (plan_version_id, location_id))
    if price is None:
        raise NotFound("plan")
    return price.price_cents, price.currency


def _committed_until(plan_version_id: UUID, on: date) -> date | None:
    """The end of the periods that a plan begun on a date commits to; none where it does not."""
    version = db.session.get_one(PlanVersion, plan_version_id)
    if version.commitment_periods == 0:
        return None
    cycle = cycle_of(
        anchor=on,
        anchor_day=on.day,
        interval_count=version.interval_count,
        interval_unit=version.interval_unit,
    )
    return cycle.period(version.commitment_periods).start
