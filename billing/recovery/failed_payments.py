"""Payments that failed and are still open: what went wrong, what was tried, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from billing.models import Dunning, Invoice
from billing.payments import tries
from billing.payments.tries import Tries
from billing.rules.decline_words import words
from billing.rules.dunning import MOST_TRIES
from config.db import db
from config.errors import NotFound
from locations import tables
from locations.models import Location
from locations.tables import Column, Table
from membership.models import Member

MOST = 500
CLASS_TEXTS = {
    "hard": "Never again with this card",
    "needs_new_card": "Needs another card",
    "authentication": "Waits for the member",
    "wait": "The bank asked to wait",
    "soft": "May work later",
}


@dataclass(frozen=True, slots=True)
class Failed:
    """An open recovery; amounts in minor units. `next_on` is none where nothing is planned."""

    invoice_id: UUID
    member_id: UUID
    member_name: str
    place_name: str
    slug: str
    number: str
    opened_on: date
    tries: int
    next_on: date | None
    why: str
    class_text: str
    given_up: bool
    due_cents: int
    currency: str

    @property
    def tries_text(self) -> str:
        return f"{self.tries} of {MOST_TRIES}"


@dataclass(frozen=True, slots=True)
class Invoiced:
    """An invoice that a manager looks into, with all of its tries."""

    invoice_id: UUID
    location_id: UUID
    member_id: UUID
    member_name: str
    place_name: str
    slug: str
    number: str
    state: str
    issued_on: date
    total_cents: int
    due_cents: int
    currency: str
    tries: Tries


_DUE = Invoice.total_cents - Invoice.paid_cents - Invoice.credited_cents
_COLUMNS = (
    Column("location", "Location", "text"),
    Column("member", "Member", "text"),
    Column("invoice", "Invoice", "text"),
    Column("failed_on", "First failed", "day"),
    Column("tries", "Tries", "count"),
    Column("next_try_on", "Next try", "text"),
    Column("reason", "Why", "text"),
    Column("class", "What it means", "text"),
    Column("due_cents", "Open"),
)


def still_open(location_ids: Sequence[UUID]) -> list[Failed]:
    """What is being recovered at these locations, or was given up unpaid; the oldest first."""
    rows = db.session.execute(
        sa.select(Dunning, Invoice, _DUE.label("due_cents"), Member.name, Location)
        .join(Invoice, Invoice.id == Dunning.invoice_id)
        .join(Member, Member.id == Invoice.member_id)
        .join(Location, Location.id == Dunning.location_id)
        .where(
            Dunning.location_id.in_(location_ids),
            Dunning.state.in_(("open", "given_up")),
            Invoice.state == "open",
        )
        .order_by(Dunning.opened_on, Dunning.invoice_id)
        .limit(MOST)
        .execution_options(populate_existing=True)
    ).all()
    planned = tries.next_on([row.Invoice.id for row in rows]) if rows else {}
    return [_failed(row, planned.get(row.Invoice.id)) for row in rows]


def look_into(invoice_id: UUID) -> Invoiced:
    """An invoice with every try at it. NotFound for a draft or one that is not there."""
    row = db.session.execute(
        sa.select(Invoice, _DUE.label("due_cents"), Member.name, Location)
        .join(Member, Member.id == Invoice.member_id)
        .join(Location, Location.id == Invoice.location_id)
        .where(Invoice.id == invoice_id, Invoice.number.is_not(None))
    ).first()
    if row is None:
        raise NotFound  # like an invoice of another studio
    invoice = row.Invoice
    return Invoiced(
        invoice_id=invoice.id,
        location_id=invoice.location_id,
        member_id=invoice.member_id,
        member_name=row.name,
        place_name=row.Location.name,
        slug=row.Location.slug,
        number=invoice.number,
        state=invoice.state,
        issued_on=invoice.issued_on,
        total_cents=invoice.total_cents,
        due_cents=row.due_cents if invoice.state == "open" else 0,
        currency=invoice.currency,
        tries=tries.of_invoice(invoice.id),
    )


def as_table(found: Sequence[Failed]) -> Table:
    """The same rows as a file and a document hold them."""
    rows = [
        tables.Row(
            {
                "location": one.place_name,
                "member": one.member_name,
                "invoice": one.number,
                "failed_on": one.opened_on,
                "tries": one.tries,
                "next_try_on": one.next_on.isoformat() if one.next_on else "",
                "reason": one.why,
                "class": one.class_text,
                "due_cents": one.due_cents,
            }
        )
        for one in found
    ]
    currency = found[0].currency if found else "USD"
    one_currency = len({one.currency for one in found}) == 1
    totals = tables.summed(rows, ["due_cents"]) if one_currency else {}
    return Table(_COLUMNS, rows, currency, totals)


def _failed(row: sa.Row, next_on: date | None) -> Failed:
    dunning, invoice = row.Dunning, row.Invoice
    return Failed(
        invoice_id=invoice.id,
        member_id=invoice.member_id,
        member_name=row.name,
        place_name=row.Location.name,
        slug=row.Location.slug,
        number=invoice.number,
        opened_on=dunning.opened_on,
        tries=dunning.tries,
        next_on=next_on,
        why=words(dunning.last_code, dunning.decline_class).to_team,
        class_text=CLASS_TEXTS[dunning.decline_class],
        given_up=dunning.state == "given_up",
        due_cents=row.due_cents,
        currency=invoice.currency,
    )
