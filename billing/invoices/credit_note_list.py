"""Credit notes as people read them: what was taken off an invoice, and how it goes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from billing.models import CreditNote, CreditNoteLine
from config.db import db
from config.errors import NotFound

_WORDS = {
    "cooling_off": "Undone within the time that the law gives",
    "end_now": "Ended before the end of what was paid",
    "lapsed": "Ended unpaid",
    "location_closed": "The studio closes",
    "goodwill": "Goodwill",
}


@dataclass(frozen=True, slots=True)
class Note:
    """A credit note; minor units of the invoice's currency, as positive amounts."""

    id: UUID
    invoice_id: UUID
    number: str
    on: date
    reason: str
    net_cents: int
    tax_cents: int
    total_cents: int

    @property
    def words(self) -> str:
        """Why, as it is printed."""
        return _WORDS.get(self.reason, "Taken back")


def of_invoice(invoice_id: UUID) -> Sequence[Note]:
    """The credit notes of an invoice, oldest first."""
    query = _NOTES.where(CreditNote.invoice_id == invoice_id).order_by(CreditNote.number_seq)
    return [Note(*row) for row in db.session.execute(query)]


def one(note_id: UUID) -> Note:
    """A credit note; NotFound where there is none. Whose it is, the caller asks its invoice."""
    row = db.session.execute(_NOTES.where(CreditNote.id == note_id)).first()
    if row is None:
        raise NotFound("invoice")
    return Note(*row)


def lines_of(note_id: UUID) -> Sequence[CreditNoteLine]:
    """What a note takes off, in its order."""
    query = sa.select(CreditNoteLine).where(CreditNoteLine.credit_note_id == note_id)
    return db.session.scalars(query.order_by(CreditNoteLine.n)).all()


_NOTES = sa.select(
    CreditNote.id,
    CreditNote.invoice_id,
    CreditNote.number,
    CreditNote.issued_on,
    CreditNote.reason,
    CreditNote.net_cents,
    CreditNote.tax_cents,
    CreditNote.total_cents,
)
