"""A period that nobody is billed for: the plan goes on, its sessions are worth nothing.

The way out for a plan that a run cannot bill and that nobody can mend in time. The period is
issued like any other, so that dates follow from the anchor and periods neither overlap nor gap;
in place of an invoice it has a reason and a name. What is paid each month does not change.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from config.audit import Actor
from config.db import db
from config.errors import NotFound, Refused, invalid_field
from config.ids import new_id
from membership.changes import change_effects
from membership.credits import credits
from membership.models import GivenPeriod, Membership
from membership.plans import charges, membership_rows, periods, renewals
from membership.rules.cycle import Holding, next_due
from membership.rules.due import Due

REFUSALS = {
    "not_due": "This plan owes nothing just now.",
    "change_first": "A change of this plan comes first: call it off, or let it take effect.",
    "mend_first": "Its terms say no period at all: mend them first.",
}


class Given(NamedTuple):
    """What was given: [start, end), and what it would have cost before tax, in minor units."""

    period_id: UUID
    start: date
    end: date
    price_cents: int


def price_of(membership_id: UUID) -> int:
    """What the next period of a plan would cost before tax, as far as its terms tell."""
    held = charges.holding(membership_id)
    if held is None:
        raise NotFound("membership")
    return max(0, held.price_cents)


def give(membership_id: UUID, *, reason: str, by: Actor, on: date, now: datetime) -> Given:
    """Issue the one period that is due without an invoice, in the caller's transaction.

    Its sessions may be used as if they were paid. Raises Invalid for no reason, and Refused:
    "not_due", "change_first", "mend_first".
    """
    because = " ".join(reason.split())
    if not because or len(because) > 200:
        raise invalid_field("/reason", "Please say why, in at most 200 characters.")
    membership = membership_rows.locked(membership_id)
    held = charges.holding(membership_id)
    if held is None or not _is_due(membership, on):
        raise Refused("not_due", REFUSALS["not_due"])
    if change_effects.overtaking([membership_id]):
        raise Refused("change_first", REFUSALS["change_first"])
    due = _free(held)
    renewals.advance([due], now=now)
    credits.grant_many(periods.grant_for(due, state="firm"), now=now)
    db.session.add(
        GivenPeriod(period_id=due.period_id, reason=because, by_account_id=by.id, given_at=now)
    )
    db.session.flush()
    return Given(due.period_id, due.start, due.end, max(0, held.price_cents))


def _is_due(membership: Membership, on: date) -> bool:
    due_on = membership.next_due_on
    if membership.status != "active" or due_on is None or due_on > on:
        return False
    return membership.ends_on is None or membership.ends_on > due_on


def _free(held: Holding) -> Due:
    """The period that is due, at no price: what is wrong with its price does not matter then."""
    free = held._replace(price_cents=0, joining_cents=0, currency=held.location_currency)
    found = next_due(free, period_id=new_id())
    if not isinstance(found, Due):
        raise Refused("mend_first", REFUSALS["mend_first"])
    return found
