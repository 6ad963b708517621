"""What becomes of each holder of a price rise: told, raised, or left at the old price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from config.audit import SYSTEM
from config.db import db
from locations import places, policy
from locations.rules.policy import Policy
from membership.catalogue import plan_names
from membership.changes import change_rows, change_waiting
from membership.models import Membership, PriceRise, PriceRiseHolder
from membership.notices import notices
from membership.plans.membership_rows import locked
from membership.price_rises import price_rise_rows as rows
from membership.price_rises import rise_letters
from membership.rules import notices as notice_rules
from membership.rules import price_rises as rules

KIND = "price_rise"
# As many notices as a policy may ask for have a kind and a template.
MOST_NOTICES = 3


def plan_notices(holder: PriceRiseHolder, rise: PriceRise, membership: Membership) -> None:
    """Have every notice about the holder's date leave at 08:00 of its day."""
    location = places.get(rise.location_id)
    told = rise_letters.facts(membership, price_cents=holder.new_price_cents, on=holder.applies_on)
    for n, days_before in enumerate(_days(_land(rise)), start=1):
        notices.plan(
            member_id=membership.member_id,
            location_id=location.id,
            kind=rows.kind_of(n),
            source_id=holder.id,
            about_on=holder.applies_on,
            leaves_at=notice_rules.leaves_at(
                holder.applies_on, days_before=days_before, zone=location.zone
            ),
            facts=told,
        )


def follow(location_id: UUID, *, on: date, now: datetime, limit: int) -> int:
    """Look, once a business date, at holders whose rise is still open; how many were looked at.

    A failed notice means not raised; a late one, or a schedule that moved, means the first
    renewal that leaves room for new notices. On its day, and told, the new price waits for the
    renewal, which is billed from 09:00.
    """
    asked = {"location": location_id, "on": on}
    found = db.session.execute(rows.UNDER_WAY.limit(limit), asked).all()
    for holder, rise in found:
        _follow(holder, rise, on=on, now=now)
        holder.looked_on = on
    db.session.flush()
    return len(found)


def leave(holder: PriceRiseHolder, code: str) -> None:
    """The holder keeps the price, for a reason that the outcome shows."""
    holder.state = "not_raised"
    holder.code = code
    _drop_notices(holder)
    db.session.flush()


def was_told(holder: PriceRiseHolder) -> bool:
    """Whether a notice about this rise has left."""
    found = (notices.latest(holder.id, kind) for kind in _KINDS)
    return any(notice is not None and notice.sent_at is not None for notice in found)


def _follow(holder: PriceRiseHolder, rise: PriceRise, *, on: date, now: datetime) -> None:
    membership = locked(holder.membership_id)
    change = rows.change_of(holder)
    if change is not None:
        _settle(holder, change.state)
    elif (code := _overtaken(holder, rise, membership)) is not None:
        leave(holder, code)
    else:
        _advance(holder, rise, membership, on=on, now=now)


def _settle(holder: PriceRiseHolder, change_state: str) -> None:
    """The change was pending: it came into effect, still waits, or something took its place."""
    if change_state == "applied":
        holder.state = "raised"
    elif change_state != "pending":
        leave(holder, "changing")


def _overtaken(holder: PriceRiseHolder, rise: PriceRise, membership: Membership) -> str | None:
    """Why the rise no longer concerns somebody, whatever they were told."""
    if membership.status == "ended":
        return "ended"
    if membership.location_id != rise.location_id:
        return "moved"
    same_plan = plan_names.plan_of(membership.plan_version_id) == rise.plan_id
    if not same_plan or membership.price_cents >= holder.new_price_cents:
        return "other_terms"
    return rules.left_out(
        status=membership.status,
        ends_on=membership.ends_on,
        changing=False,
        applies_on=holder.applies_on,
    )


def _advance(
    holder: PriceRiseHolder, rise: PriceRise, membership: Membership, *, on: date, now: datetime
) -> None:
    land, location = _land(rise), places.get(rise.location_id)
    told = rows.told(holder, notice_days=_days(land), zone=location.zone)
    proof = rules.proof(told, applies_on=holder.applies_on, on=on)
    moved = not rules.is_renewal(rows.schedule_of(membership), holder.applies_on)
    if proof == "failed" and not moved:
        leave(holder, "notice_failed")
    elif moved or proof == "late":
        _put_off(holder, rise, membership, on=on)
    elif proof == "given":
        holder.state = "told"
    if holder.state in rows.OPEN and _is_due(holder, membership, on):
        _raise(holder, rise, membership, land, on=on, now=now)


def _is_due(holder: PriceRiseHolder, membership: Membership, on: date) -> bool:
    due = membership.status == "active" and membership.next_due_on == holder.applies_on
    return due and holder.applies_on <= on


def _raise(
    holder: PriceRiseHolder,
    rise: PriceRise,
    membership: Membership,
    land: Policy,
    *,
    on: date,
    now: datetime,
) -> None:
    """The renewal is here: the new price waits for its hour, if all that must be is so."""
    if holder.state != "told":
        leave(holder, "notice_unproven")
    elif change_rows.live_of(membership.id) is not None:
        leave(holder, "changing")
    elif _is_guarded(holder, membership, land):
        leave(holder, "raised_this_year")
    else:
        assert rise.to_version_id is not None
        change_waiting.pend(
            membership.id,
            kind=KIND,
            to_version_id=rise.to_version_id,
            price_cents=holder.new_price_cents,
            consent_id=None,
            by=SYSTEM,
            on=on,
            now=now,
            facts={"holder": str(holder.id), "not_before": holder.applies_on.isoformat()},
        )


def _put_off(holder: PriceRiseHolder, rise: PriceRise, membership: Membership, *, on: date) -> None:
    """To the first renewal that leaves room for new notices."""
    land = _land(rise)
    soonest = rules.earliest(rise.effective_from, on=on, notice_days=_days(land))
    _drop_notices(holder)
    holder.applies_on = rules.first_renewal(rows.schedule_of(membership), not_before=soonest)
    holder.state = "planned"
    if _is_guarded(holder, membership, land):
        leave(holder, "raised_this_year")
    else:
        plan_notices(holder, rise, membership)


def _is_guarded(holder: PriceRiseHolder, membership: Membership, land: Policy) -> bool:
    before = rows.raised_on([membership.id]).get(membership.id, ())
    per_year = land.dues_raises_per_year
    return rules.guarded(holder.applies_on, raised_on=before, per_year=per_year)


def _land(rise: PriceRise) -> Policy:
    """The rules that held when the rise begins: they stay the same for all its holders."""
    return policy.policy_at(places.get(rise.location_id), rise.effective_from)


def _days(land: Policy) -> Sequence[int]:
    return sorted(land.price_notice_days, reverse=True)[:MOST_NOTICES]


_KINDS = tuple(rows.kind_of(n) for n in range(1, MOST_NOTICES + 1))


def _drop_notices(holder: PriceRiseHolder) -> None:
    for kind in _KINDS:
        notices.drop_for(holder.id, kind)
