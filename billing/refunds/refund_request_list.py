"""Requests for money back as they are shown to who decides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice, RefundRequest
from billing.refunds.refund_terms import HOWS, TOS
from config.db import db
from locations.models import Account, Location
from membership.models import Member


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for somebody to decide it."""

    id: UUID
    member_name: str
    place_name: str
    number: str
    amount_cents: int
    currency: str
    how: str
    to: str
    reason: str
    by: str
    asked_at: datetime
    zone: str


def asked(requests: Sequence[RefundRequest]) -> list[Asked]:
    """Requests as they are shown to who decides them."""
    return [_asked(one) for one in requests]


def _asked(request: RefundRequest) -> Asked:
    row = db.session.execute(
        sa.select(Member.name, Invoice.number, Location.name.label("place"), Location.zone)
        .join(Invoice, Invoice.member_id == Member.id)
        .join(Location, Location.id == Invoice.location_id)
        .where(Invoice.id == request.invoice_id)
    ).one()
    by = db.session.scalar(sa.select(Account.name).where(Account.id == request.asked_by))
    return Asked(
        id=request.id,
        member_name=row.name,
        place_name=row.place,
        number=row.number or "",
        amount_cents=request.amount_cents,
        currency=request.currency,
        how=HOWS[request.terms["how"]],
        to=TOS[request.terms["to"]],
        reason=request.reason,
        by=by or "",
        asked_at=request.asked_at,
        zone=row.zone,
    )
