"""Refunds that the desk asks for, or that are above somebody's limit: decided once, by another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import RefundRequest
from billing.refunds import promises, refund_grants, refund_terms
from billing.refunds.refund_grants import Wish
from billing.refunds.refunds_owed import Quote
from config import audit
from config.audit import Actor
from config.db import db
from config.errors import NotFound, Refused
from locations import places
from locations.rules.permissions import Grant

DECIDED = "This was decided before."


def ask(wish: Wish, *, by: Actor, now: datetime) -> UUID:
    """Ask a manager or owner to give it back; asked twice with one form it is one request."""
    invoice = promises.lock_invoice(wish.invoice_id)
    if db.session.get(RefundRequest, wish.key) is not None:
        return wish.key
    on = places.business_date(places.get(invoice.location_id), now)
    found = refund_terms.quote(invoice, wish.terms, on=on)
    refund_grants.require_same(wish, found)
    request = RefundRequest(
        id=wish.key,
        invoice_id=invoice.id,
        location_id=invoice.location_id,
        state="asked",
        terms=wish.terms.as_json(),
        amount_cents=found.refund_cents,
        currency=invoice.currency,
        reason=wish.reason,
        asked_by=by.id,
        asked_at=now,
    )
    db.session.add(request)
    db.session.flush()
    _record("refund.asked", request, by, now)
    return request.id


def grant(request_id: UUID, *, grants: frozenset[Grant], by: Actor, now: datetime) -> Quote:
    """Give what was asked for, as it was shown to who asked. Refused as a grant is, or
    "decided".
    """
    request = _locked(request_id)
    wish = Wish(
        invoice_id=request.invoice_id,
        terms=refund_terms.of_json(request.terms),
        expected_cents=request.amount_cents,
        reason=request.reason,
        key=request.id,
    )
    found = refund_grants.grant(wish, asked_by=request.asked_by, grants=grants, by=by, now=now)
    _decide(request, "granted", by, now)
    return found


def refuse(request_id: UUID, *, by: Actor, now: datetime) -> None:
    """Decide that nothing goes back."""
    _decide(_locked(request_id), "refused", by, now)


def waiting(location_ids: Collection[UUID]) -> Sequence[RefundRequest]:
    """Requests that nobody has decided, oldest first."""
    query = sa.select(RefundRequest).where(
        RefundRequest.location_id.in_(location_ids), RefundRequest.state == "asked"
    )
    return db.session.scalars(query.order_by(RefundRequest.asked_at, RefundRequest.id)).all()


def location_of(request_id: UUID) -> UUID:
    """Whose studio has to decide it. Raises NotFound."""
    found = db.session.get(RefundRequest, request_id)
    if found is None:
        raise NotFound("request")
    return found.location_id


def _decide(request: RefundRequest, state: str, by: Actor, now: datetime) -> None:
    request.state = state
    request.decided_by = by.id
    request.decided_at = now
    db.session.flush()
    _record(f"refund_request.{state}", request, by, now)


def _record(action: str, request: RefundRequest, by: Actor, now: datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_type="refund_request",
        subject_id=request.id,
        location_id=request.location_id,
        facts={"amount_cents": request.amount_cents, "invoice_id": request.invoice_id},
        now=now,
    )


def _locked(request_id: UUID) -> RefundRequest:
    query = sa.select(RefundRequest).where(RefundRequest.id == request_id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound("request")
    if found.state != "asked":
        raise Refused("decided", DECIDED)
    return found
