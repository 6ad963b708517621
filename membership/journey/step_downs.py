"""Moving to a lower tier as agreed beforehand: announced, left alone by one click, or dropped."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from config.audit import SYSTEM
from config.calendar import local_date
from config.db import db
from config.errors import NotFound
from config.links import sealed
from locations import places
from membership.catalogue import catalog
from membership.changes import change_rows, change_waiting
from membership.journey import tier_letters, tier_rows
from membership.models import Membership, Notice, PlanChange, TierSuggestion
from membership.notices import notices
from membership.plans.membership_rows import locked
from membership.price_rises.price_rise_rows import schedule_of
from membership.rules import notices as notice_rules
from membership.rules import tiers as rules
from membership.rules.catalog import PlanTerms
from membership.rules.price_rises import first_renewal

LINK: Final = "stay"
KIND: Final = "step_down"
_NOTICE = timedelta(days=rules.NOTICE_DAYS)

Outcome = Literal["taken", "stayed", "dropped"]


def begins(membership: Membership, *, on: date) -> date:
    """The first renewal that leaves room for the whole notice."""
    return first_renewal(schedule_of(membership), not_before=on + _NOTICE)


def announce(
    suggestion: TierSuggestion,
    membership: Membership,
    lower: PlanTerms,
    *,
    begins: date,
    on: date,
    now: datetime,
) -> None:
    """Have a locked membership renew on the lower tier, and its member told before."""
    change = change_waiting.pend(
        membership.id,
        kind=KIND,
        to_version_id=lower.plan_version_id,
        price_cents=lower.price_cents,
        consent_id=None,
        by=SYSTEM,
        on=on,
        now=now,
        facts={"not_before": begins.isoformat()},
    )
    suggestion.plan_change_id = change.id
    _plan_notice(suggestion, membership, lower, begins=begins)


def follow(location_id: UUID, *, on: date, now: datetime) -> int:
    """Close every step down that is decided: it came into effect, or no longer fits.

    It is dropped where the running period outgrew the lower tier, where its mail came back, and
    where nothing proves on its day that the member was told; told late, it begins later. Each is
    looked at once a business date; how many were.
    """
    asked = {"location": location_id, "on": on}
    under_way = db.session.scalars(tier_rows.UNDER_WAY, asked).all()
    for suggestion in under_way:
        _follow(suggestion, on=on, now=now)
        suggestion.looked_on = on
    db.session.flush()
    return len(under_way)


def get(suggestion_id: UUID) -> TierSuggestion:
    """A step down that was announced. Raises NotFound."""
    found = db.session.get(TierSuggestion, suggestion_id)
    if found is None or found.plan_change_id is None:
        raise NotFound
    return found


_OUTCOMES: Final[dict[str, Outcome]] = {
    "applied": "taken",
    "undone": "stayed",
    "replaced": "dropped",
    "dropped": "dropped",
}


def _follow(suggestion: TierSuggestion, *, on: date, now: datetime) -> None:
    membership = locked(suggestion.membership_id)
    change = change_of(suggestion)
    if change.state != "pending":
        close(suggestion, _OUTCOMES[change.state])
        return
    notice = notices.latest(suggestion.id, KIND)
    outgrown = not rules.fits(
        _running_use(membership), allowance=tier_rows.allowance_of(change.to_version_id)
    )
    if not outgrown and _is_late(notice, membership, change, on=on):
        _put_off(suggestion, membership, change, on=on)
        return
    if not outgrown and not _is_unproven(notice, due=on >= change.effective_on):
        return
    change_rows.close(change, "dropped", by=SYSTEM, now=now)
    close(suggestion, "dropped")
    if notice is not None and notice.state in ("sent", "delivered"):
        tier_letters.stays(membership, suggestion.id, now=now)


def _is_late(
    notice: Notice | None, membership: Membership, change: PlanChange, *, on: date
) -> bool:
    """Whether the message left, or has still to leave, behind its day."""
    if notice is None or notice.state == "failed":
        return False
    zone = places.get(membership.location_id).zone
    left_on = local_date(notice.sent_at, zone) if notice.sent_at else on
    return left_on > change.effective_on - _NOTICE


def _put_off(
    suggestion: TierSuggestion, membership: Membership, change: PlanChange, *, on: date
) -> None:
    """To the first renewal that leaves room for another message."""
    later = begins(membership, on=on)
    lower = catalog.plan_terms(change.to_version_id, change.location_id)
    notices.drop_for(suggestion.id, KIND)
    change.effective_on = later
    change.facts = {**change.facts, "not_before": later.isoformat()}
    _plan_notice(suggestion, membership, lower, begins=later)


def _plan_notice(
    suggestion: TierSuggestion, membership: Membership, lower: PlanTerms, *, begins: date
) -> None:
    zone = places.get(membership.location_id).zone
    notices.plan(
        member_id=membership.member_id,
        location_id=membership.location_id,
        kind=KIND,
        source_id=suggestion.id,
        about_on=begins,
        leaves_at=notice_rules.leaves_at(begins, days_before=rules.NOTICE_DAYS, zone=zone),
        facts={
            **tier_letters.facts(membership, lower, on=begins),
            "stay_path": f"/plan/stay/{sealed(LINK, suggestion.id)}",
        },
    )


def _is_unproven(notice: Notice | None, *, due: bool) -> bool:
    """Whether the member was not told: known to have failed, or not proven on the day itself."""
    if notice is None or notice.state == "failed":
        return True
    return due and notice.state != "delivered"


def close(suggestion: TierSuggestion, outcome: Outcome) -> None:
    """What came of it; what was not told yet is not told any more."""
    suggestion.state = outcome
    notices.drop_for(suggestion.id, KIND)
    db.session.flush()


def change_of(suggestion: TierSuggestion) -> PlanChange:
    """The change that it brings with a renewal."""
    assert suggestion.plan_change_id is not None
    return change_rows.get(suggestion.plan_change_id)


def _running_use(membership: Membership) -> int:
    if membership.period_start is None or membership.period_end is None:
        return 0
    return tier_rows.used_in(
        membership.member_id, start=membership.period_start, end=membership.period_end
    )
