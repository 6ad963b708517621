"""Invoices, receipts and credit notes as sheets to keep: the words and amounts of each.

A document is made anew whenever somebody asks: what it says never changes, so nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.invoices import credit_note_list, discount_lines, statements
from billing.invoices.credit_note_list import Note
from billing.invoices.statements import Statement
from billing.models import CreditNoteLine, Invoice, InvoiceDiscount, InvoiceLine
from config import typeset
from config.db import db
from config.errors import NotFound
from config.formats import day, day_short, money, percent
from config.mail import Attachment

CANCEL_HINT = (
    "This is for a plan that renews by itself. You can cancel it in two clicks on your page: "
    "Home, then Cancel."
)


@dataclass(frozen=True, slots=True)
class Document:
    """A file for a person to keep."""

    name: str
    content: bytes
    mimetype: str = "application/pdf"


def invoice(invoice_id: UUID) -> Document:
    """What is claimed, with every line and its tax, and what was paid of it since.

    Whoever calls has asked whose invoice it is. NotFound for a draft, which is none yet.
    """
    found = _final(invoice_id)
    return _sheet("Invoice", found, state=found.state_text, sums=[*_claimed(found), *_paid(found)])


def receipt(invoice_id: UUID) -> Document:
    """That an invoice was paid, when and how; NotFound before any money has arrived."""
    found = _final(invoice_id)
    if not found.payments:
        raise NotFound("receipt")
    state = "Paid" if found.state == "paid" else "Paid in part"
    return _sheet("Receipt", found, state=state, sums=[*_claimed(found), *_paid(found)])


def credit_note(note_id: UUID) -> Document:
    """What is taken off an invoice, with its share of the tax that was charged."""
    note = credit_note_list.one(note_id)
    found = _final(note.invoice_id)
    about = [f"Of invoice {found.number} of {day(found.issued_on)}", note.words]
    lines = [_credited(line, found.currency) for line in credit_note_list.lines_of(note_id)]
    facts = {
        **_head("Credit note", note.number, found),
        "date": day(note.on),
        "state": "",
        "about": about,
        "lines": lines,
        "sums": _sums(note, found.currency),
        "notes": _refund_words(note, found),
    }
    return _set(facts, f"credit-note-{note.number}", on=note.on)


def enclosed(invoice_id: str) -> Attachment:
    """The receipt that goes with a mail about a payment."""
    made = receipt(UUID(invoice_id))
    return Attachment(made.name, made.content, made.mimetype)


def whose(invoice_id: UUID) -> tuple[UUID, UUID]:
    """The member that an invoice is for, and the location that it is of. Raises NotFound."""
    query = sa.select(Invoice.member_id, Invoice.location_id).where(Invoice.id == invoice_id)
    row = db.session.execute(query).first()
    if row is None:
        raise NotFound("invoice")
    return row.member_id, row.location_id


def _final(invoice_id: UUID) -> Statement:
    member_id, _ = whose(invoice_id)
    found = statements.one(invoice_id, member_id=member_id)
    if found.number is None:
        raise NotFound("invoice")
    return found


def _sheet(kind: str, found: Statement, *, state: str, sums: list[dict[str, Any]]) -> Document:
    off = discount_lines.of_invoice(found.id)
    facts = {
        **_head(kind, found.number or "", found),
        "date": day(found.issued_on),
        "state": state,
        "about": [],
        "lines": [_line(line, found.currency, off.get(line.n)) for line in found.lines],
        "sums": sums,
        "notes": [CANCEL_HINT] if found.recurring else [],
    }
    return _set(facts, f"{kind.lower()}-{found.number}", on=found.issued_on)


def _head(kind: str, number: str, found: Statement) -> dict[str, Any]:
    return {
        "kind": kind,
        "number": number,
        "seller": {"name": found.seller, "lines": list(found.address)},
        "to_label": "To",
        "to": found.member_name,
    }


def _line(line: InvoiceLine, currency: str, off: InvoiceDiscount | None) -> dict[str, Any]:
    details = []
    if line.period_start and line.period_end:
        details.append(f"{day_short(line.period_start)} until {day_short(line.period_end)}")
    if off is not None:
        details.append(discount_lines.words(off, net_cents=line.net_cents, currency=currency))
    return {
        "text": line.description,
        "details": details,
        "net": money(line.net_cents, currency),
        "tax": money(line.tax_cents, currency),
        "rate": _tax_words(line),
    }


def _tax_words(line: InvoiceLine) -> str:
    """The tax and its rate; of what is not taxed by a certificate, that certificate."""
    if not line.tax_rate_ppm:
        return line.tax_name
    return f"{line.tax_name} {percent(line.tax_rate_ppm)}"


def _credited(line: CreditNoteLine, currency: str) -> dict[str, Any]:
    return {
        "text": line.product,
        "details": [],
        "net": money(line.net_cents, currency),
        "tax": money(line.tax_cents, currency),
        "rate": line.tax_name,
    }


def _claimed(found: Statement) -> list[dict[str, Any]]:
    return [
        _sum("Before tax", found.subtotal_cents, found.currency),
        _sum("Tax", found.tax_cents, found.currency),
        _sum("Total", found.total_cents, found.currency, strong=True),
    ]


def _paid(found: Statement) -> list[dict[str, Any]]:
    """What came, what was taken off, and what is left to pay."""
    rows = [
        _sum(f"Paid {day_short(paid.on)}, {paid.how}", paid.amount_cents, found.currency)
        for paid in found.payments
    ]
    rows += [
        _sum(f"Credit note {note.number}", -note.total_cents, found.currency)
        for note in credit_note_list.of_invoice(found.id)
    ]
    if found.due_cents:
        rows.append(_sum("To pay", found.due_cents, found.currency, strong=True))
    return rows


def _sums(note: Note, currency: str) -> list[dict[str, Any]]:
    return [
        _sum("Before tax", note.net_cents, currency),
        _sum("Tax", note.tax_cents, currency),
        _sum("Taken off", note.total_cents, currency, strong=True),
    ]


def _refund_words(note: Note, found: Statement) -> Sequence[str]:
    if not found.payments:
        return ["Nothing was paid for this: less is asked for now."]
    return ["What was paid for this goes back the way it came, unless it was agreed otherwise."]


def _sum(label: str, amount_cents: int, currency: str, *, strong: bool = False) -> dict[str, Any]:
    return {"label": label, "amount": money(amount_cents, currency), "strong": strong}


def _set(facts: dict[str, Any], name: str, *, on: date) -> Document:
    title = f"{facts['kind']} {facts['number']}"
    return Document(f"{name}.pdf", typeset.pdf("document", facts, title=title, on=on))
