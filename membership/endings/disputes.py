"""What a disputed payment does to what was bought with it: a flag, a rest, an end, a revocation.

Billing hears of disputes and calls down. While a bank decides nothing is taken away: sessions
rest. A lost dispute ends the plan or the pack, and revokes what is unspent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.audit import SYSTEM
from config.db import db, insert_many
from membership.catalogue import plan_names
from membership.credits import accrual, credit_rows
from membership.endings import endings, given_back
from membership.endings.unused import Unused
from membership.models import (
    CreditEntry,
    CreditGrant,
    Membership,
    MembershipPeriod,
)
from membership.plans.membership_rows import close, locked, record
from membership.rules import disputes as rules
from membership.rules import grace, membership_status
from membership.rules.answers import Moves
from membership.rules.credits import Rolled

REASON = "disputed"


@dataclass(frozen=True, slots=True)
class Revoked:
    """Value that is no longer owed to a member: minor units on an account of a location."""

    account: str
    location_id: UUID
    product: str
    cents: int


def plan_opened(membership_id: UUID, *, on: date, now: datetime) -> Unused | None:
    """A payment of this plan is disputed: its sessions rest; one never paid for ends.

    Returns what billing has to credit of the open invoice of a start that ends, else none.
    """
    membership = locked(membership_id)
    found = membership_status.answer(membership.status, "dispute_opened")
    membership.disputed_on = membership.disputed_on or on
    db.session.flush()
    if membership.status == "pending":
        return endings.abandon(membership_id, on=on, now=now)
    if isinstance(found, Moves):
        membership.status = found.to
        db.session.flush()
    record(membership, "membership.disputed", by=SYSTEM, now=now)
    return None


def plan_won(membership_id: UUID, *, on: date, now: datetime) -> None:
    """No dispute about this plan is left: it goes on, in grace where an invoice is open."""
    membership = locked(membership_id)
    found = membership_status.answer(membership.status, "dispute_won")
    membership.disputed_on = None
    if isinstance(found, Moves):
        membership.status = found.to
        if membership.arrears_since is not None:
            membership.status = "grace"
            membership.grace_until = grace.grace_until(
                failed_on=on,
                period_start=membership.period_start or membership.anchor,
                period_end=membership.period_end or membership.next_due_on,
            )
    db.session.flush()
    record(membership, "membership.dispute_won", by=SYSTEM, now=now)


def plan_lost(membership_id: UUID, *, on: date, now: datetime) -> Unused | None:
    """A dispute about this plan is lost: it ends; what its open invoice asked for is unused.

    Value that was paid for lies where it is: `revoke_period` takes what the bank took.
    """
    membership = locked(membership_id)
    found = membership_status.answer(membership.status, "dispute_lost")
    unused: Unused | None = None
    if isinstance(found, Moves):
        if membership.arrears_since is not None and membership.status in ("grace", "locked"):
            unused = endings.lapse(membership_id, on=on, now=now)
        else:
            close(membership, on=on, reason=REASON, now=now)
    membership.disputed_on = membership.disputed_on or on
    db.session.flush()
    record(membership, "membership.dispute_lost", by=SYSTEM, now=now)
    return unused


def revoke_period(period_id: UUID, *, worth_cents: int, on: date, now: datetime) -> list[Revoked]:
    """A dispute about this period is lost: take back what it has not delivered, up to its worth.

    Its plan has ended. Days that were not served are revoked whole: nobody can serve them.
    """
    period = db.session.get(
        MembershipPeriod, period_id, populate_existing=True, with_for_update=True
    )
    if period is None:
        return []
    membership = locked(period.membership_id)
    grants = [one for one in given_back.of_plan(membership.id) if one.source_id == period.id]
    found = revoke_unspent(grants, worth_cents, on=on, now=now)
    days_cents = accrual.close(period, membership=membership, on=on, now=now)
    if days_cents:
        found.append(
            Revoked(
                "deferred_time",
                period.location_id,
                plan_names.code_of(period.plan_version_id),
                days_cents,
            )
        )
    return found


def running_period(membership_id: UUID) -> UUID | None:
    """The newest period of a plan that was issued: what a change in the middle of it went into."""
    query = (
        sa.select(MembershipPeriod.id)
        .where(MembershipPeriod.membership_id == membership_id)
        .order_by(MembershipPeriod.n.desc())
    )
    return db.session.scalars(query.limit(1)).first()


def pending_plan_of(member_id: UUID) -> UUID | None:
    """The member's plan that waits for its first payment."""
    query = sa.select(Membership.id).where(
        Membership.member_id == member_id, Membership.status == "pending"
    )
    return db.session.scalar(query)


def revoke_unspent(
    grants: Sequence[CreditGrant], worth_cents: int, *, on: date, now: datetime
) -> list[Revoked]:
    """What of these grants is taken back, booked nowhere yet but where expiry had moved it."""
    given_back.lock(grants)
    batches = list(given_back.unused(grants).values())
    found = [_of(batch.grant, batch.given_back.net_cents) for batch in batches]
    if sum(one.cents for one in found) <= worth_cents:
        given_back.take(batches, reason=REASON, on=on, now=now)
    else:
        found = [_part(grant, worth_cents, on=on, now=now) for grant in grants[:1]]
    return [one for one in found if one.cents]


def _part(grant: CreditGrant, worth_cents: int, *, on: date, now: datetime) -> Revoked:
    last = rules.last_sessions(
        remaining=grant.remaining, remaining_cents=grant.remaining_cents, worth_cents=worth_cents
    )
    if last.sessions:
        cut = Rolled(grant.id, grant.remaining - last.sessions, last.sessions, last.cents)
        row = credit_rows.lost_values(grant, cut, on=on, now=now, reason=REASON)
        insert_many(CreditEntry, [row])
        if not credit_rows.move(grant, quantity=-last.sessions, value_cents=-last.cents):
            raise RuntimeError("credits moved while they were held to be revoked")
    return _of(grant, last.cents)


def _of(grant: CreditGrant, cents: int) -> Revoked:
    return Revoked("deferred_sessions", grant.location_id, grant.product, cents)
