"""A member's documents: invoice, receipt and credit notes, to read and to keep."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, url_for

from billing.account.blueprint import blueprint
from billing.invoices import credit_note_list, documents, files, statements
from billing.invoices.credit_note_list import Note
from billing.invoices.statements import Statement
from locations.guard import member_only
from membership.people.own import own_member


@blueprint.get("/invoices/<uuid:invoice_id>.pdf")
@member_only
def invoice_pdf(invoice_id: UUID) -> Response:
    """An invoice as a file."""
    _own(invoice_id)
    return files.answer(documents.invoice(invoice_id))


@blueprint.get("/invoices/<uuid:invoice_id>/receipt.pdf")
@member_only
def receipt_pdf(invoice_id: UUID) -> Response:
    """That it was paid, as a file."""
    _own(invoice_id)
    return files.answer(documents.receipt(invoice_id))


@blueprint.get("/credit-notes/<uuid:note_id>")
@member_only
def credit_note(note_id: UUID) -> str:
    """What was taken off an invoice."""
    note, found = _own_note(note_id)
    return render_template(
        "billing/credit_note.html",
        note=note,
        invoice=found,
        lines=credit_note_list.lines_of(note_id),
        invoice_url=url_for("money.invoice", invoice_id=found.id),
        pdf_url=url_for(".credit_note_pdf", note_id=note_id),
    )


@blueprint.get("/credit-notes/<uuid:note_id>.pdf")
@member_only
def credit_note_pdf(note_id: UUID) -> Response:
    """The same as a file."""
    _own_note(note_id)
    return files.answer(documents.credit_note(note_id))


def _own(invoice_id: UUID) -> Statement:
    """The member's own invoice; somebody else's is NotFound."""
    return statements.one(invoice_id, member_id=own_member().id)


def _own_note(note_id: UUID) -> tuple[Note, Statement]:
    """A credit note of the member's own invoice; somebody else's is NotFound."""
    member = own_member()
    note = credit_note_list.one(note_id)
    return note, statements.one(note.invoice_id, member_id=member.id)
