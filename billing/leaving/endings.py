"""When a plan ends while it is unpaid: its claim ends with it. An edge.

The intent at Stripe is closed first and looked at, so that money cannot arrive for an invoice
that is being credited; whatever was paid meanwhile is settled instead.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Gateway
from billing.invoices import credit_notes
from billing.models import Dunning, Invoice, PaymentAttempt
from billing.payments import intent_closing
from billing.recovery import dunning
from billing.refunds import refunds_owed
from billing.rules.dunning import WRITE_OFF_AFTER_DAYS
from config import clock
from config.audit import SYSTEM, Actor
from config.db import db, run_txn
from config.errors import Unavailable
from locations.models import Location
from membership.endings import endings
from membership.endings.endings import CancelOutcome
from membership.endings.unused import Unused
from membership.plans import membership_rows, overdue

BATCH = 200
End = Callable[[UUID, date, datetime], Unused | None]

# Built once: open invoices that nobody tries to collect any more, long enough ago.
GIVEN_UP = (
    sa.select(Invoice)
    .join(Dunning, Dunning.invoice_id == Invoice.id)
    .where(
        Invoice.location_id == sa.bindparam("location"),
        Invoice.state == "open",
        Dunning.state == "given_up",
        Dunning.closed_on <= sa.bindparam("given_up_by"),
        ~sa.exists().where(
            PaymentAttempt.invoice_id == Invoice.id,
            PaymentAttempt.state.in_(["ready", "sending", "action"]),
        ),
    )
    .order_by(Invoice.id)
)


def asked(location_id: UUID, *, on: date) -> dict[str, Any]:
    """What the query of this module is asked with, on a business date."""
    given_up_by = on - timedelta(days=WRITE_OFF_AFTER_DAYS)
    return {"location": location_id, "given_up_by": given_up_by}


def lapse_due(location: Location, *, on: date, gateway: Gateway) -> int:
    """Plans in arrears whose time is up, and starts never paid, end; returns how many did."""
    lapsing = overdue.lapsing(location.id, on=on, limit=BATCH)
    abandoned = overdue.abandoned(location.id, on=on, limit=BATCH)
    ended = sum(_end(one, "lapse", _lapse, on=on, gateway=gateway) for one in lapsing)
    return ended + sum(
        _end(one, "abandoned", _abandon, on=on, gateway=gateway) for one in abandoned
    )


def cancel(membership_id: UUID, *, on: date, by: Actor, gateway: Gateway) -> CancelOutcome:
    """Cancel a plan for its member: at period's end, or now with its claim where it is unpaid.

    A payment that is being made this very moment decides first: Unavailable until then.
    """
    intent_closing.close_all(membership_id, gateway)

    def work() -> CancelOutcome:
        now = clock.now()
        outcome = endings.cancel(membership_id, on=on, now=now, by=by)
        if outcome.unused is not None:
            credit_unused(membership_id, outcome.unused, "cancelled", on=on, now=now)
        return outcome

    return run_txn(work)


def undo_cancel(membership_id: UUID, *, on: date, by: Actor) -> date:
    """Let a cancelled plan go on; returns its next charge's date. Refused by name."""
    return run_txn(lambda: endings.undo_cancel(membership_id, on=on, now=clock.now(), by=by))


def write_off_due(location: Location, *, on: date) -> int:
    """What stayed owed for 30 days after its plan had ended is given up; returns how many."""

    def work() -> int:
        now = clock.now()
        owed = GIVEN_UP.limit(BATCH).with_for_update(of=Invoice, skip_locked=True)
        old = db.session.scalars(owed, asked(location.id, on=on)).all()
        for invoice in old:
            credit_notes.write_off(invoice, on=on, now=now)
        return len(old)

    return run_txn(work)


def _end(membership_id: UUID, reason: str, end: End, *, on: date, gateway: Gateway) -> bool:
    invoice_id = intent_closing.open_invoice_id(membership_id)
    if invoice_id is not None and not intent_closing.close(invoice_id, gateway):
        return False  # something is in flight: the janitor settles it, the next run decides

    def work() -> bool:
        now = clock.now()
        unused = end(membership_id, on, now)
        if unused is None:
            return False
        credit_unused(membership_id, unused, reason, on=on, now=now)
        return True

    try:
        return run_txn(work)
    except Unavailable:
        return False  # leased in between: the next run decides


def _lapse(membership_id: UUID, on: date, now: datetime) -> Unused | None:
    return endings.lapse(membership_id, on=on, now=now)


def _abandon(membership_id: UUID, on: date, now: datetime) -> Unused | None:
    return endings.abandon(membership_id, on=on, now=now)


def credit_unused(
    membership_id: UUID, unused: Unused, reason: str, *, on: date, now: datetime
) -> None:
    """Credit what a plan that has ended asked for and did not deliver; the rest is given up.

    In the caller's transaction; its claim at Stripe was closed before.
    """
    membership = membership_rows.locked(membership_id)
    refunds_owed.lock_invoices(membership_id)
    backs = refunds_owed.of_unused(membership, unused)
    for back in backs:
        intent_closing.require_nobody_charging(back.invoice.id)
    refunds_owed.write(
        backs, reason=reason, location_id=membership.location_id, on=on, now=now, by=SYSTEM
    )
    used = credit_notes.open_invoice_of(membership_id)
    if used is not None:
        dunning.given_up(used.id, on=on)
