"""Planned tries of unpaid invoices: dates that become attempts, unless a card may not be asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from billing.cards import card_standing
from billing.models import Dunning, Invoice, PaymentAttempt
from billing.rules import dunning as rule
from config.base import table_of
from config.calendar import local_instant
from config.db import core, db
from config.ids import new_id
from locations.models import Location
from locations.upsert import insert_or
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


def open_due_tries(location: Location, *, on: date, now: datetime) -> int:
    """Make an attempt of every planned try whose date has come; returns how many.

    It starts at 09:00 of the studio's day, later where the network asked to wait so long. The
    unique index on live attempts makes a doubled job harmless.
    """
    locked = TRIES_DUE.with_for_update(skip_locked=True)
    due = db.session.scalars(locked, {"location": location.id, "on": on})
    at_nine = local_instant(on, rule.RETRY_AT, location.zone)
    return sum(_try_planned(id_, at_nine=at_nine, on=on, now=now) for id_ in due)


def open_try(invoice_id: UUID, *, not_before: datetime, now: datetime) -> bool:
    """Attempt n+1 of an open invoice; false where one is in flight, or its card may not be asked.

    The planned try drops.
    """
    last = _last_attempt(invoice_id)
    if last.state != "failed":
        return False
    if not card_standing.of_invoice(invoice_id).may_be_asked(at=not_before):
        return False
    return _add_try(last, not_before=not_before, now=now)


def rested(membership_id: UUID, *, since: date, until: date) -> None:
    """A hold on [since, until) is over: the try that it kept waiting follows, then the others.

    They keep their distance: each is counted from the one before it, too.
    """
    for found in db.session.scalars(
        sa.select(Dunning)
        .where(Dunning.membership_id == membership_id, Dunning.state == "open")
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        days = max(timedelta(0), until - max(since, found.opened_on))
        if found.next_try_on is not None:
            found.next_try_on += days
    db.session.flush()


def _try_planned(invoice_id: UUID, *, at_nine: datetime, on: date, now: datetime) -> bool:
    last = _last_attempt(invoice_id)
    if last.state != "failed":
        return False  # the member is on a page: their try goes first
    card = card_standing.of_invoice(invoice_id)
    not_before = max(at_nine, card.rested_at)
    if card.may_be_asked(at=not_before):
        return _add_try(last, not_before=not_before, now=now)
    _plan(invoice_id, on + timedelta(days=1))  # a network's limit is reached: another day
    return False


def _last_attempt(invoice_id: UUID) -> PaymentAttempt:
    return db.session.execute(
        sa.select(PaymentAttempt)
        .where(PaymentAttempt.invoice_id == invoice_id)
        .order_by(PaymentAttempt.n.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def _add_try(last: PaymentAttempt, *, not_before: datetime, now: datetime) -> bool:
    row = {
        "id": new_id(),
        "invoice_id": last.invoice_id,
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
    _plan(last.invoice_id, None)
    return True


def _plan(invoice_id: UUID, next_try_on: date | None) -> None:
    db.session.execute(
        sa.update(Dunning).where(Dunning.invoice_id == invoice_id).values(next_try_on=next_try_on)
    )
