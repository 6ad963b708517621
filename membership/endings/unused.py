"""What a plan that ends has not delivered of its running period: told before, taken back then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from membership.credits import accrual, credit_endings, credits
from membership.models import Membership, MembershipPeriod


@dataclass(frozen=True, slots=True)
class Unused:
    """What an unpaid period's invoice has to be credited by, in cents before tax.

    At most one of the two amounts is not zero; each is what is still deferred.
    `period_id` is none where no period was issued yet.
    """

    period_id: UUID | None
    sessions: int
    sessions_cents: int
    time_cents: int

    @property
    def net_cents(self) -> int:
        return self.sessions_cents + self.time_cents

    @property
    def liability_account(self) -> str:
        """The account that still holds the amount."""
        return "deferred_time" if self.time_cents else "deferred_sessions"


def preview(membership_id: UUID, *, on: date) -> Unused:
    """What ending on `on` would leave undelivered of the running period; writes nothing."""
    membership = db.session.get_one(Membership, membership_id)
    period = db.session.scalars(_running_period(membership)).first()
    if period is None:
        return Unused(None, 0, 0, 0)
    grant = credits.of_source(period.id, "period")
    sessions = (grant.remaining, grant.remaining_cents) if grant else (0, 0)
    return Unused(period.id, *sessions, accrual.unearned_cents(period, on=on))


def take_back(membership: Membership, *, on: date, now: datetime) -> Unused:
    """End the running period of a locked membership, with the sessions and days it still owed."""
    query = _running_period(membership).with_for_update()
    period = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if period is None:
        return Unused(None, 0, 0, 0)
    time_cents = accrual.close(period, membership=membership, on=on, now=now)
    sessions, sessions_cents = credit_endings.void_unspent(period.id, on=on, now=now)
    if membership.started_on is None and not time_cents:
        # A first period brings its credits with its payment: unpaid, all of it is deferred.
        sessions_cents = period.price_cents
    return Unused(period.id, sessions, sessions_cents, time_cents)


def _running_period(membership: Membership) -> sa.Select[MembershipPeriod]:
    """The newest period that was issued."""
    return sa.select(MembershipPeriod).where(
        MembershipPeriod.membership_id == membership.id,
        MembershipPeriod.n == membership.next_n - 1,
    )
