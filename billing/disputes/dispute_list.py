"""Disputes for those who run a studio: each with its state, its money and its day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.models import Dispute, Invoice, Payment
from billing.rules.dispute import WAITING
from config.db import db
from config.errors import NotFound
from locations.models import Location
from locations.sheets import sheet
from membership.models import Member

MOST = 1000
STATE_TEXTS = {
    "inquiry": "The bank asks",
    "open": "Open",
    "won": "Won",
    "lost": "Lost",
    "closed": "Inquiry closed",
}
LOOKS = {"inquiry": "warn", "open": "warn", "won": "good", "lost": "bad", "closed": "good"}
HEAD = (
    "dispute", "state", "location", "member", "invoice", "reason", "opened_on", "closed_on",
    "currency", "amount_cents", "paid_cents", "refunded_cents", "evidence_due", "evidence_noted",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A dispute in the list; minor units of `currency`.

    `refunded_cents` of the same payment had gone back before: evidence by itself.
    """

    id: UUID
    stripe_id: str
    state: str
    location_id: UUID
    place_name: str
    zone: str
    member_id: UUID
    member_name: str
    invoice_id: UUID
    invoice_number: str
    reason: str
    opened_on: date
    closed_on: date | None
    currency: str
    amount_cents: int
    paid_cents: int
    refunded_cents: int
    due_at: datetime | None
    noted_at: datetime | None

    @property
    def state_text(self) -> str:
        return STATE_TEXTS[self.state]

    @property
    def look(self) -> str:
        """The colour of its state."""
        return LOOKS[self.state]

    @property
    def is_waiting(self) -> bool:
        """The bank may be told something, and nothing was handed in yet."""
        return self.state in WAITING and self.noted_at is None

    @property
    def over_cents(self) -> int:
        """What would go back twice if the bank decided for the cardholder."""
        return max(0, self.amount_cents + self.refunded_cents - self.paid_cents)


def listed(location_ids: Collection[UUID]) -> list[Row]:
    """Those of these locations: what may be answered by the day it is due, then the newest."""
    query = (
        _rows()
        .where(Dispute.location_id.in_(list(location_ids)))
        .order_by(
            Dispute.state.not_in(WAITING),
            sa.case((Dispute.state.in_(WAITING), Dispute.evidence_due_at)).nulls_last(),
            Dispute.opened_at.desc(),
            Dispute.id.desc(),
        )
        .limit(MOST)
    )
    return [_row(row) for row in db.session.execute(query)]


def one(dispute_id: UUID) -> Row:
    """A dispute. Raises NotFound."""
    found = db.session.execute(_rows().where(Dispute.id == dispute_id)).first()
    if found is None:
        raise NotFound
    return _row(found)


def as_csv(rows: Sequence[Row]) -> str:
    """The list for a spreadsheet, amounts in minor units."""
    return sheet(HEAD, (_cells(row) for row in rows))


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The list as plain values, amounts in minor units."""
    return [dict(zip(HEAD, _cells(row), strict=True)) for row in rows]


def _cells(row: Row) -> list[str | int]:
    return [
        row.stripe_id,
        row.state,
        row.place_name,
        row.member_name,
        row.invoice_number,
        row.reason,
        row.opened_on.isoformat(),
        row.closed_on.isoformat() if row.closed_on else "",
        row.currency,
        row.amount_cents,
        row.paid_cents,
        row.refunded_cents,
        row.due_at.isoformat() if row.due_at else "",
        row.noted_at.isoformat() if row.noted_at else "",
    ]


def _rows() -> sa.Select:
    return (
        sa.select(
            Dispute,
            Location.name.label("place_name"),
            Location.zone,
            Member.name.label("member_name"),
            Invoice.number,
            Payment.amount_cents.label("paid_cents"),
            Payment.refunded_cents,
        )
        .join(Location, Location.id == Dispute.location_id)
        .join(Member, Member.id == Dispute.member_id)
        .join(Invoice, Invoice.id == Dispute.invoice_id)
        .join(Payment, Payment.id == Dispute.payment_id)
        .execution_options(populate_existing=True)
    )


def _row(found: sa.Row) -> Row:
    dispute: Dispute = found[0]
    return Row(
        id=dispute.id,
        stripe_id=dispute.stripe_id,
        state=dispute.state,
        location_id=dispute.location_id,
        place_name=found.place_name,
        zone=found.zone,
        member_id=dispute.member_id,
        member_name=found.member_name,
        invoice_id=dispute.invoice_id,
        invoice_number=found.number or "",
        reason=dispute.reason,
        opened_on=dispute.opened_on,
        closed_on=dispute.closed_on,
        currency=dispute.currency,
        amount_cents=dispute.amount_cents,
        paid_cents=found.paid_cents,
        refunded_cents=found.refunded_cents,
        due_at=dispute.evidence_due_at,
        noted_at=dispute.evidence_noted_at,
    )
