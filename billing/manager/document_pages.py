"""A member's documents for the staff of the studio that billed them."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from billing.invoices import credit_note_list, documents, files
from billing.manager.blueprint import blueprint
from config.errors import NotFound
from locations import guard


@blueprint.get("/manage/invoices/<uuid:invoice_id>.pdf")
@guard.staff("see_members", at="any")
def invoice_pdf(invoice_id: UUID) -> Response:
    """An invoice as a file."""
    _ours(invoice_id)
    return files.answer(documents.invoice(invoice_id))


@blueprint.get("/manage/invoices/<uuid:invoice_id>/receipt.pdf")
@guard.staff("see_members", at="any")
def receipt_pdf(invoice_id: UUID) -> Response:
    """That it was paid, as a file."""
    _ours(invoice_id)
    return files.answer(documents.receipt(invoice_id))


@blueprint.get("/manage/credit-notes/<uuid:note_id>.pdf")
@guard.staff("see_members", at="any")
def credit_note_pdf(note_id: UUID) -> Response:
    """What was taken off an invoice, as a file."""
    _ours(_invoice_of(note_id))
    return files.answer(documents.credit_note(note_id))


def _invoice_of(note_id: UUID) -> UUID:
    try:
        return credit_note_list.one(note_id).invoice_id
    except NotFound:
        raise NotFound from None


def _ours(invoice_id: UUID) -> None:
    try:
        _, location_id = documents.whose(invoice_id)
    except NotFound:
        raise NotFound from None  # somebody else's is not told from a missing one
    guard.require("see_members", location_id)
