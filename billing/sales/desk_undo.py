"""Taking back a check-in that was charged by itself: first the charge, then the visit. An edge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.invoices import creditable
from billing.models import Invoice
from billing.payments import collect, hosted, intent_closing, placing
from billing.refunds import refunds_owed
from config import clock
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Unavailable
from locations import places
from membership.models import Visit
from membership.plans import one_offs
from membership.visits import undoing, visit_rows

REASON = "session_undone"


def undo(visit_id: UUID, *, by: Actor) -> Visit:
    """Take a check-in back within ten minutes; an extra session's charge is taken back too."""
    visit = visit_rows.get(visit_id)
    if visit.undone_at is None:
        undoing.require_in_time(visit, clock.now())
    return _undo(
        visit_id,
        lambda now: undoing.undo(visit_id, by_account_id=by.id, now=now),
        by=by,
    )


def undo_later(visit_id: UUID, *, reason: str, by: Actor) -> Visit:
    """The same however old it is, for a reason that is kept."""
    return _undo(
        visit_id,
        lambda now: undoing.undo_later(visit_id, reason=reason, by=by, now=now),
        by=by,
    )


def _undo(visit_id: UUID, take_back: Callable[[datetime], Visit], *, by: Actor) -> Visit:
    """What is asked for at Stripe is closed first: money cannot arrive for what is credited."""
    invoice_id = _invoice_of(visit_id)
    if invoice_id is not None:
        _close(invoice_id)

    def work() -> Visit:
        now = clock.now()
        if invoice_id is not None:
            _credit(visit_id, invoice_id, by=by, now=now)
        return take_back(now)

    return run_txn(work)


def _invoice_of(visit_id: UUID) -> UUID | None:
    """The invoice of an extra session, if it was made and stands."""
    charge = one_offs.of_source(visit_id, "overage")
    if charge is None or charge.state != "invoiced":
        return None
    query = sa.select(Invoice.id).where(Invoice.source_id == charge.id, Invoice.reason == "charge")
    return db.session.scalar(query)


def _close(invoice_id: UUID) -> None:
    gateway, now = collect.collecting().gateway, clock.now()
    page = placing.page_of(invoice_id)
    if page is not None:
        hosted.close_page(page, gateway=gateway, now=now)
    elif not intent_closing.close(invoice_id, gateway):
        raise Unavailable(
            "payment_running", "A payment for this is being made. Please try again in a minute."
        )


def _credit(visit_id: UUID, invoice_id: UUID, *, by: Actor, now: datetime) -> None:
    """Credit the whole invoice, once, and let go of the charge; all or nothing with the visit."""
    query = sa.select(Invoice).where(Invoice.id == invoice_id).with_for_update()
    invoice = db.session.scalars(query.execution_options(populate_existing=True)).one()
    intent_closing.require_nobody_charging(invoice_id)
    charge = one_offs.of_source(visit_id, "overage")
    if charge is None or one_offs.locked(charge.id).state != "invoiced":
        return
    location = places.get(visit_rows.get(visit_id).location_id)
    refunds_owed.write(
        creditable.all_of([invoice]),
        reason=REASON,
        location_id=location.id,
        on=places.business_date(location, now),
        now=now,
        by=by,
    )
    charge.state = "dropped"
    db.session.flush()
