"""Takes back what is no longer owed of an invoice: net and its share of the tax charged.

Of an open invoice less is asked for then; of a paid one the money is promised back, by a date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gift_cards import gift_issue
from billing.invoices import creditable, numbers
from billing.invoices.creditable import Back
from billing.models import CreditNote, CreditNoteLine, Invoice
from billing.rules import invoice as invoice_rule
from billing.rules.standings import CreditLine
from billing.taxed import taxed_months
from config.audit import Actor
from config.db import db, insert_many
from config.ids import new_id
from config.money import half_up
from locations import ledger, places
from locations.rules import claims, refunds
from locations.rules.entries import SaleLine
from membership.plans import one_offs


@dataclass(frozen=True, slots=True)
class Promise:
    """How a credit comes about: its reason, and by which day paid money goes back.

    One reason credits an invoice once, unless `source_id` tells several apart.
    """

    reason: str
    refund_by: date
    by: Actor
    source_id: UUID | None = None


def open_invoice_of(membership_id: UUID) -> Invoice | None:
    """The recurring invoice that a membership owes; there is at most one."""
    return db.session.scalars(
        sa.select(Invoice).where(Invoice.membership_id == membership_id, Invoice.state == "open")
    ).first()


def write(back: Back, promise: Promise, *, on: date, now: datetime) -> CreditNote:
    """Credit a locked invoice, in the caller's transaction.

    An open one that is left with nothing to ask for is void, or paid where a part was paid; what
    is credited beyond what it still asks for goes back, and is owed to the member from now on.
    """
    invoice, credited = back.invoice, back.credited
    location = places.get(invoice.location_id)
    seq = numbers.take(location.id, year=on.year, count=1, series="credit_note")
    note = CreditNote(
        id=new_id(),
        invoice_id=invoice.id,
        location_id=location.id,
        reason=promise.reason,
        source_id=promise.source_id or invoice.id,
        number_year=on.year,
        number_seq=seq,
        number=invoice_rule.credit_note_number(location.number_prefix, on.year, seq),
        net_cents=credited.net_cents,
        tax_cents=credited.tax_cents,
        total_cents=credited.total_cents,
        issued_on=on,
        created_at=now,
    )
    db.session.add(note)
    db.session.flush()
    insert_many(CreditNoteLine, _line_rows(note.id, credited.lines))
    back_cents = max(0, credited.total_cents - creditable.still_asked_cents(invoice))
    was_open = invoice.state == "open"
    invoice.credited_cents += credited.total_cents
    invoice.refunds_owed_cents += back_cents
    if was_open and creditable.still_asked_cents(invoice) == 0:
        invoice.state = "void" if invoice.credited_cents == invoice.total_cents else "paid"
        invoice.closed_on = on
    db.session.flush()
    _book(note, back, back_cents, was_open=was_open, on=on, now=now)
    if invoice.reason == "gift_card":
        gift_issue.take_back(note, by_account_id=promise.by.id, now=now)
    if back_cents:
        _owe_back(note, invoice, promise, back_cents, now=now)
    return note


def _book(
    note: CreditNote,
    back: Back,
    back_cents: int,
    *,
    was_open: bool,
    on: date,
    now: datetime,
) -> None:
    """What was promised or earned is taken back; of an open invoice, first from what it asks."""
    invoice = back.invoice
    entry = claims.credit_note(
        credit_note_id=note.id,
        on=on,
        currency=invoice.currency,
        location_id=invoice.location_id,
        lines=[SaleLine(*line[:5]) for line in back.credited.lines],
        owed="receivable" if was_open else "refunds_due",
        invoice_id=invoice.id,
    )
    entries = [entry]
    if was_open and back_cents:
        too_much = refunds.overpaid(
            credit_note_id=note.id,
            on=on,
            currency=invoice.currency,
            location_id=invoice.location_id,
            amount_cents=back_cents,
            invoice_id=invoice.id,
        )
        entries.append(too_much)
    ledger.post(entries, now=now)
    taxed_months.credited(
        invoice.location_id, back.credited.lines, invoice_id=invoice.id, on=on, now=now
    )


def write_off(invoice: Invoice, *, on: date, now: datetime) -> None:
    """Give up what was used and never paid."""
    owed = invoice.total_cents - invoice.paid_cents - invoice.credited_cents
    invoice.state = "uncollectible"
    invoice.closed_on = on
    db.session.flush()
    entry = claims.written_off(
        invoice_id=invoice.id,
        on=on,
        currency=invoice.currency,
        location_id=invoice.location_id,
        amount_cents=owed,
    )
    ledger.post([entry], now=now)


def _line_rows(note_id: UUID, lines: Sequence[CreditLine]) -> list[dict[str, object]]:
    return [
        {"credit_note_id": note_id, "n": n, **line._asdict()}
        for n, line in enumerate(lines, start=1)
    ]


def _owe_back(
    note: CreditNote, invoice: Invoice, promise: Promise, back_cents: int, *, now: datetime
) -> None:
    lines = creditable.lines_of(invoice.id)
    tax_cents = half_up(note.tax_cents * back_cents, note.total_cents)
    gives_pack_back = invoice.reason == "pack" and promise.source_id is None
    one_offs.owe_back(
        member_id=invoice.member_id,
        membership_id=invoice.membership_id,
        location_id=invoice.location_id,
        kind="refund_owed",
        # A pack is given back once, and its window cannot be lengthened after that.
        source_id=invoice.source_id if gives_pack_back else note.id,
        product=lines[0].product,
        description=f"Back from invoice {invoice.number}",
        net_cents=back_cents - tax_cents,
        tax_cents=tax_cents,
        currency=invoice.currency,
        due_on=promise.refund_by,
        by_account_id=promise.by.id,
        now=now,
    )
