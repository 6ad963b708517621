"""A change of plan that leaves something over: it is kept for the member as account credit."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from billing.tenders import account_credit
from membership.changes import change_now, change_rows
from membership.plans import membership_rows

REASON = "Left over from a change of plan"


def take_effect(change_id: UUID, *, on: date, now: datetime) -> None:
    """The change's invoice is paid: the new terms hold, and what is left over is owed in credit.

    The invoice itself booked it, on a line of its own.
    """
    change_now.take_effect(change_id, on=on, now=now)
    change = change_rows.get(change_id)
    over_cents = change.facts["account_credit_cents"]
    if over_cents:
        plan = membership_rows.locked(change.membership_id)
        account_credit.grant(
            member_id=plan.member_id,
            location_id=change.location_id,
            currency=plan.currency,
            amount_cents=over_cents,
            source_id=change.id,
            reason=REASON,
            by_account_id=change.by_account_id,
            now=now,
        )
