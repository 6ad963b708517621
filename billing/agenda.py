"""What of a location's billing may be left to do, asked in a turn before anything is begun.

Each question is the query that its step begins with: a step is passed over only where it would
have found nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.leaving import endings
from billing.models import BillingRun, PaymentAttempt
from billing.recovery import retries
from config.questions import Questions
from membership.changes import change_effects
from membership.plans import charges, one_offs, overdue

_CLAIMS = Questions(
    {
        "lapsed": overdue.LAPSING,
        "abandoned": overdue.ABANDONED,
        "ended": overdue.ENDING,
        "written_off": endings.GIVEN_UP,
        "tried_again": retries.TRIES_DUE,
    }
)
_RUN = Questions(
    {
        **charges.DUE,
        "changes": change_effects.DUE,
        "extras": one_offs.DUE,
        "ready": sa.select(PaymentAttempt.id).where(
            PaymentAttempt.location_id == sa.bindparam("location"),
            PaymentAttempt.state == "ready",
            PaymentAttempt.not_before <= sa.bindparam("now"),
        ),
        # A run that somebody holds, or that died: it is waited for, or finished.
        "running": sa.select(BillingRun.id).where(
            BillingRun.location_id == sa.bindparam("location"),
            BillingRun.business_date == sa.bindparam("on"),
            BillingRun.state == "running",
        ),
    }
)


def claims_idle(location_id: UUID, *, on: date) -> frozenset[str]:
    """Which steps about what is unpaid would find nothing."""
    asked = {**overdue.asked(location_id, on=on), **endings.asked(location_id, on=on)}
    return _CLAIMS.idle(asked)


def run_idle(location_id: UUID, *, on: date, now: datetime, reasons: Collection[str]) -> bool:
    """Whether a run would issue nothing for these reasons, collect nothing and resume nothing."""
    asked = {"location": location_id, "on": on, "now": now}
    return {"changes", "extras", "ready", "running", *reasons} <= _RUN.idle(asked)
