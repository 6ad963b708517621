"""Sessions of a running period whose plan changes: taken, or more of them at another worth."""

from __future__ import annotations

from datetime import date, datetime

from config.db import insert_many
from membership.credits import credit_rows, credits
from membership.models import (
    CreditEntry,
    CreditGrant,
    MembershipPeriod,
)

REASON = "change of plan"


def revalue(grant: CreditGrant, extra: int, value_cents: int, *, on: date, now: datetime) -> None:
    """Sessions on top, and the value spread over all that are left, by one entry."""
    if not credit_rows.move(grant, quantity=extra, value_cents=value_cents):
        raise RuntimeError("credits moved while they were held for a change of plan")
    row = credit_rows.ended_values(grant, "revalue", on=on, now=now, reason=REASON)
    insert_many(CreditEntry, [row | {"quantity": extra, "value_cents": value_cents}])


def take(period: MembershipPeriod, *, on: date, now: datetime) -> int:
    """Take what is left of the period's sessions; returns their value in cents."""
    found = credits.of_source(period.id, "period")
    grant = credit_rows.locked(found.id) if found else None
    if grant is None or grant.remaining == 0:
        return 0
    cents = grant.remaining_cents
    insert_many(
        CreditEntry, [credit_rows.ended_values(grant, "revalue", on=on, now=now, reason=REASON)]
    )
    credit_rows.empty([grant.id])
    return cents
