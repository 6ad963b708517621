"""Recovers unpaid invoices: when to try again, and when to stop. Tries are dates, not attempts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from billing import mails
from billing.held import Held
from billing.models import Dunning, Invoice, PaymentAttempt
from billing.rules import dunning as rule
from config.calendar import local_instant
from config.db import core, db, table_of
from config.ids import new_id
from locations.models import Location
from locations.upsert import insert_or
from membership import memberships
from membership.models import Hold

# Built once: a location asks this every minute, and most often finds nothing.
TRIES_DUE = (
    sa.select(Dunning.invoice_id)
    .join(Invoice, Invoice.id == Dunning.invoice_id)
    .where(
        Dunning.location_id == sa.bindparam("location"),
        Dunning.state == "open",
        Dunning.next_try_on <= sa.bindparam("on"),
        Invoice.state == "open",
        # Nobody is asked for money while their plan rests.
        ~sa.exists().where(Hold.membership_id == Dunning.membership_id, Hold.state == "running"),
    )
    .order_by(Dunning.invoice_id)
)


def failed(held: Held, *, code: str | None, on: date, now: datetime) -> None:
    """A try was declined: plan the next one, let grace begin, tell the member why."""
    found = db.session.get(Dunning, held.invoice_id)
    tries = (found.tries if found else 0) + 1
    opened_on = found.opened_on if found else on
    next_try_on = rule.next_try(opened_on, tries=tries)
    row = {
        "invoice_id": held.invoice_id,
        "location_id": held.location_id,
        "membership_id": held.membership_id,
        "state": "open",
        "opened_on": opened_on,
        "tries": tries,
        "next_try_on": next_try_on,
        "last_code": code,
        "decline_class": "soft",
    }
    changed = {name: row[name] for name in ("state", "tries", "next_try_on", "last_code")}
    db.session.execute(
        insert_or(Dunning)
        .values(row)
        .on_conflict_do_update(index_elements=["invoice_id"], set_=changed)
    )
    begin_grace(held, on=on, now=now)
    if held.membership_id is None and next_try_on is None:
        given_up(held.invoice_id, on=on)  # no plan will lapse with it: written off in its time
    mails.payment_failed(held, code=code, next_try_on=next_try_on, now=now)


def begin_grace(held: Held, *, on: date, now: datetime) -> None:
    """Unpaid, but not yet locked out: the member's plan learns of it, once."""
    if held.membership_id is None or held.period_end is None:
        return
    memberships.payment_failed(held.membership_id, period_end=held.period_end, on=on, now=now)


def recovered(invoice_id: UUID, *, on: date) -> None:
    """The invoice was paid after all: planned tries drop."""
    _close([invoice_id], "recovered", on)


def given_up(invoice_id: UUID, *, on: date) -> None:
    """Nothing more will be tried."""
    _close([invoice_id], "given_up", on)


def open_due_tries(location: Location, *, on: date, now: datetime) -> int:
    """Make an attempt of every planned try whose date has come; returns how many.

    The unique index on live attempts makes a doubled job harmless.
    """
    locked = TRIES_DUE.with_for_update(skip_locked=True)
    due = db.session.scalars(locked, {"location": location.id, "on": on})
    not_before = local_instant(on, rule.RETRY_AT, location.zone)
    return sum(open_try(invoice_id, not_before=not_before, now=now) for invoice_id in due)


def rested(membership_id: UUID, *, since: date, until: date) -> None:
    """A hold on [since, until) is over: tries that it kept waiting follow in their old distance."""
    for found in db.session.scalars(
        sa.select(Dunning)
        .where(Dunning.membership_id == membership_id, Dunning.state == "open")
        .with_for_update()
    ):
        days = max(timedelta(0), until - max(since, found.opened_on))
        found.opened_on += days
        if found.next_try_on is not None:
            found.next_try_on += days
    db.session.flush()


def open_try(invoice_id: UUID, *, not_before: datetime, now: datetime) -> bool:
    """Attempt n+1 of an open invoice, unless one is in flight. The planned try drops."""
    last = db.session.execute(
        sa.select(PaymentAttempt)
        .where(PaymentAttempt.invoice_id == invoice_id)
        .order_by(PaymentAttempt.n.desc())
        .limit(1)
        .with_for_update()
    ).scalar_one()
    if last.state != "failed":
        return False
    row = {
        "id": new_id(),
        "invoice_id": invoice_id,
        "location_id": last.location_id,
        "n": last.n + 1,
        "kind": "off_session",
        "state": "ready",
        "not_before": not_before,
        "looks": 0,
        "created_at": now,
        "known_charge_id": last.known_charge_id,
    }
    # Who waited for the lock still sees the old last try: the key tells that there is a newer one.
    insert = insert_or(PaymentAttempt).values(row).on_conflict_do_nothing()
    if core(insert.returning(table_of(PaymentAttempt).c.id)).first() is None:
        return False
    db.session.execute(
        sa.update(Dunning).where(Dunning.invoice_id == invoice_id).values(next_try_on=None)
    )
    return True


def _close(invoice_ids: list[UUID], state: str, on: date) -> None:
    db.session.execute(
        sa.update(Dunning)
        .where(Dunning.invoice_id.in_(invoice_ids), Dunning.state == "open")
        .values(state=state, next_try_on=None, closed_on=on)
    )
