"""A document as the answer to a request."""

from __future__ import annotations

from flask import Response

from billing.invoices.documents import Document


def answer(document: Document) -> Response:
    """A file to keep, under its own name."""
    found = Response(document.content, mimetype=document.mimetype)
    found.headers.set("Content-Disposition", "attachment", filename=document.name)
    return found
