"""Money owed back, as a manager sees it: what is overdue first, and why something waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import Dispute, Invoice, Refund
from billing.refunds import promises
from billing.rules import refund as rule
from config.db import db
from locations import places, tables
from locations.tables import Column, Row, Table
from membership.models import Charge, Member

MOST = 500
_COLUMNS = (
    Column("location", "Location", "text"),
    Column("member", "Member", "text"),
    Column("invoice", "Invoice", "text"),
    Column("promised_on", "Promised", "day"),
    Column("due_on", "Due", "text"),
    Column("state", "State", "text"),
    Column("amount_cents", "Promised in all"),
    Column("unsent_cents", "Still owed"),
)


@dataclass(frozen=True, slots=True)
class OwedBack:
    """A promise to a member: how much, by when, how far it is, in minor units of `currency`."""

    charge_id: UUID
    member_id: UUID
    member_name: str
    place_name: str
    number: str
    amount_cents: int
    unsent_cents: int
    currency: str
    promised_on: date
    due_on: date | None
    overdue: bool
    by_hand: bool
    words: str


def owed_back(location_ids: Collection[UUID], *, now: datetime) -> list[OwedBack]:
    """Promises of these studios: what is overdue, what is owed by its day, then what was sent."""
    found = promises.invoices(Charge.location_id.in_(location_ids)).subquery()
    query = (
        sa.select(Charge, Member.name, Invoice.number, Invoice.id)
        .join(found, found.c.charge_id == Charge.id)
        .join(Invoice, Invoice.id == found.c.invoice_id)
        .join(Member, Member.id == Charge.member_id)
        .where(Charge.kind == promises.KIND, Charge.location_id.in_(location_ids))
        .order_by(Charge.state != "owed", Charge.due_on, Charge.id.desc())
        .limit(MOST)
    )
    rows = db.session.execute(query).all()
    refunds = _refunds([row.Charge.id for row in rows])
    held = _disputed([row.id for row in rows])
    return sorted(
        (_one(row, refunds.get(row.Charge.id, []), row.id in held, now) for row in rows),
        key=lambda one: (not one.overdue, one.unsent_cents == 0),
    )


def as_table(found: Sequence[OwedBack]) -> Table:
    """The same rows as a file holds them."""
    rows = [
        Row(
            {
                "location": one.place_name,
                "member": one.member_name,
                "invoice": one.number,
                "promised_on": one.promised_on,
                "due_on": one.due_on.isoformat() if one.due_on else "",
                "state": one.words,
                "amount_cents": one.amount_cents,
                "unsent_cents": one.unsent_cents,
            }
        )
        for one in found
    ]
    currencies = {one.currency for one in found}
    totals = tables.summed(rows, ["amount_cents", "unsent_cents"]) if len(currencies) == 1 else {}
    return Table(_COLUMNS, rows, found[0].currency if found else "USD", totals)


def _one(row: sa.Row, refunds: Sequence[Refund], held: bool, now: datetime) -> OwedBack:
    charge: Charge = row.Charge
    place = places.get(charge.location_id)
    on = places.business_date(place, now)
    sent = sum(one.amount_cents for one in refunds if one.state == "succeeded")
    owed = charge.state == "owed"
    kept = promises.kept_cents(charge.id)
    unsent = promises.owed_cents(charge) - sent - kept if owed else 0
    moving = [one for one in refunds if one.state in ("ready", "sending", "pending")]
    return OwedBack(
        charge_id=charge.id,
        member_id=charge.member_id,
        member_name=row.name,
        place_name=place.name,
        number=row.number or "",
        amount_cents=promises.owed_cents(charge),
        unsent_cents=unsent,
        currency=charge.currency,
        promised_on=places.business_date(place, charge.created_at),
        due_on=charge.due_on,
        overdue=owed and rule.is_overdue(charge.due_on, on=on),
        by_hand=unsent > 0 and not any(one.state != "ready" for one in moving),
        words=_words(charge, refunds, moving, held, kept),
    )


def _words(
    charge: Charge,
    refunds: Sequence[Refund],
    moving: Sequence[Refund],
    held: bool,
    kept_cents: int,
) -> str:
    if charge.state == "settled":
        ways = sorted({_TENDERS[one.tender] for one in refunds if one.state == "succeeded"})
        ways = [f"Sent {' and '.join(ways)}"] if ways else []
        return "; ".join([*ways, *(["Taken by the bank"] if kept_cents else [])])
    if charge.state != "owed":
        return "Dropped"
    if any(one.state == "pending" for one in moving):
        return "Waits at Stripe"
    if moving:
        return "On its way"
    refused = [one.failure_code for one in refunds if one.state == "failed"]
    if held:
        return "Disputed at the bank"
    if refused:
        return f"The card did not take it: {str(refused[-1]).replace('_', ' ')}"
    if kept_cents:
        return "Taken by the bank in part; the rest waits to be sent, or to be paid by hand"
    return "Waits to be sent, or to be paid by hand"


_TENDERS: Mapping[str, str] = {
    "card": "to the card",
    "cash": "in cash",
    "terminal": "by the terminal",
    "gift_card": "to the gift card",
    "account_credit": "as credit",
}


def _refunds(charge_ids: Sequence[UUID]) -> dict[UUID, list[Refund]]:
    found: dict[UUID, list[Refund]] = {}
    query = sa.select(Refund).where(Refund.charge_row_id.in_(charge_ids)).order_by(Refund.id)
    for one in db.session.scalars(query):
        found.setdefault(one.charge_row_id, []).append(one)
    return found


def _disputed(invoice_ids: Sequence[UUID]) -> frozenset[UUID]:
    query = sa.select(Dispute.invoice_id).where(
        Dispute.invoice_id.in_(invoice_ids), Dispute.state == "open"
    )
    return frozenset(db.session.scalars(query))
