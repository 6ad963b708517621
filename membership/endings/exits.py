"""How a paid plan or pack ends at once, and what it gives back: by policy, by law, or in time.

Billing credits what is given back, in the same commit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from config.audit import Actor
from config.calendar import local_date
from config.db import db
from config.errors import Refused
from locations import places
from locations.policy import cooling_off_ends, policy_at
from locations.rules.policy import Policy
from membership.endings import given_back, given_back_time
from membership.endings.given_back import Batch
from membership.holds import hold_moves
from membership.models import Consent, Membership, MembershipPeriod
from membership.plans.membership_rows import close, locked, record
from membership.rules.answers import Ignored
from membership.rules.exits import Exit, GivenBack
from membership.rules.membership_status import require

REFUSALS: Final[Mapping[str, str]] = {
    "end_now_not_offered": "This plan ends with the period that is paid.",
    "too_late": "The days in which this could be undone are over.",
}
_EVENTS: Final[Mapping[Exit, str]] = {
    "end_now": "cancel",
    "statutory_exit": "statutory_exit",
    "cooling_off": "cooling_off",
    "period_end": "end_reached",
}
_END_REASONS: Final[Mapping[Exit, str]] = {"period_end": "cancelled"}
_DEEDS: Final[Mapping[Exit, str]] = {"period_end": "membership.ended"}


@dataclass(frozen=True, slots=True)
class Leaving:
    """What ending a plan at once gives back, by period; `unpaid` was never paid: all of it goes.

    `status` is the one from before; `repeated` tells that nothing happened.
    """

    status: str
    back: Sequence[tuple[UUID, GivenBack]]
    unpaid: UUID | None
    repeated: bool = False


def policy_of(membership: Membership, on: date) -> Policy:
    """The rules of the land where the plan is billed."""
    return policy_at(places.get(membership.location_id), on)


def cooling_off_until(membership: Membership) -> date:
    """The last day on which the contract may still be undone with all money back."""
    place = places.get(membership.location_id)
    consent = (
        db.session.get(Consent, membership.consent_id)
        if membership.consent_id is not None
        else None
    )
    signed_at = membership.created_at
    if consent is not None and consent.kind == "plan":
        signed_at = consent.given_at
    signed_on = local_date(signed_at, place.zone)
    return cooling_off_ends(policy_at(place, signed_on), signed_on)


def offered(membership: Membership, *, on: date) -> list[Exit]:
    """The ways out at once that are the member's own to choose on a date."""
    found: list[Exit] = []
    begun = membership.started_on is not None and membership.status != "ended"
    if begun and membership.status in ("active", "frozen") and _may_end_now(membership, on):
        found.append("end_now")
    if begun and on <= cooling_off_until(membership):
        found.append("cooling_off")
    return found


def preview(membership_id: UUID, how: Exit, *, on: date) -> Leaving:
    """What leaving on `on` would give back; writes nothing. Raises what `leave` would raise."""
    membership = db.session.get_one(Membership, membership_id, populate_existing=True)
    _require(membership, how, on=on)
    return _leaving(membership, how, on=on)


def leave(membership_id: UUID, how: Exit, *, on: date, now: datetime, by: Actor) -> Leaving:
    """End a plan at once and take back what it has not delivered; all of it in a cooling-off.

    In arrears the unpaid period is taken back whole. After the end only what is still unspent,
    or expired and owed in cash, goes back. Raises Refused by name.
    """
    membership = locked(membership_id)
    if isinstance(_require(membership, how, on=on), Ignored):
        return Leaving(membership.status, (), None, repeated=True)
    hold_moves.close_for(membership, on=on)
    found = _leaving(membership, how, on=on)
    whole = _whole(membership, how)
    grants = given_back.of_plan(membership_id)
    given_back.lock(grants)
    batches = _batches(membership_id, whole)
    given_back.take(list(batches.values()), reason=how, on=on, now=now)
    period = _running(membership)
    if period is not None:
        if period.id in whole:
            given_back_time.take_all_time(period, membership=membership, reason=how, on=on, now=now)
        else:
            given_back_time.close_time(period, membership=membership, on=on, now=now)
    if membership.status != "ended":
        ended_on = membership.ends_on or on if how == "period_end" else on
        close(membership, on=ended_on, reason=_END_REASONS.get(how, how), now=now)
    record(membership, _DEEDS.get(how, f"membership.{how}"), by=by, now=now)
    db.session.flush()
    return found


def _require(membership: Membership, how: Exit, *, on: date) -> object:
    found = require(membership.status, _EVENTS[how])  # type: ignore[arg-type]  # all are events
    if isinstance(found, Ignored):
        return found
    if how == "period_end" and (membership.ends_on is None or membership.ends_on > on):
        return Ignored()  # taken back, or another worker has ended it
    if how == "end_now" and "end_now" not in offered(membership, on=on):
        raise Refused("end_now_not_offered", REFUSALS["end_now_not_offered"])
    if how == "cooling_off" and on > cooling_off_until(membership):
        raise Refused("too_late", REFUSALS["too_late"])
    return found


def _may_end_now(membership: Membership, on: date) -> bool:
    """Where the policy says so; and who is on hold anyway may always go."""
    return membership.status == "frozen" or policy_of(membership, on).end_now_refund


def _leaving(membership: Membership, how: Exit, *, on: date) -> Leaving:
    whole = _whole(membership, how)
    back = [
        (source_id, batch.given_back) for source_id, batch in _batches(membership.id, whole).items()
    ]
    period = _running(membership)
    if period is not None:
        of_time = given_back_time.all_time if period.id in whole else given_back_time.time_unused
        back.append((period.id, of_time(period, on=on)))
    worth = tuple((id_, one) for id_, one in back if one.net_cents)
    return Leaving(membership.status, worth, _unpaid_period(membership))


def _batches(membership_id: UUID, whole: Collection[UUID | None]) -> Mapping[UUID, Batch]:
    grants = given_back.of_plan(membership_id)
    all_of = [grant for grant in grants if grant.source_id in whole]
    rest = [grant for grant in grants if grant.source_id not in whole]
    return {**given_back.unused(rest), **given_back.everything(all_of)}


def _unpaid_period(membership: Membership) -> UUID | None:
    """The period that a plan in arrears has not paid."""
    if membership.arrears_since is None and membership.status != "pending":
        return None
    period = _running(membership)
    return period.id if period else None


def _running(membership: Membership) -> MembershipPeriod | None:
    """The newest period that was issued."""
    return db.session.scalars(
        sa.select(MembershipPeriod)
        .where(
            MembershipPeriod.membership_id == membership.id,
            MembershipPeriod.n == membership.next_n - 1,
        )
        .execution_options(populate_existing=True)
    ).first()


def _whole(membership: Membership, how: Exit) -> set[UUID | None]:
    """The periods that are taken back with what was delivered of them."""
    if how != "cooling_off":
        return {_unpaid_period(membership)}
    query = sa.select(MembershipPeriod.id).where(MembershipPeriod.membership_id == membership.id)
    return set(db.session.scalars(query))
