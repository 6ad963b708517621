"""The evidence about a dispute as one file to hand in: a sheet to read, values, the receipt."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from datetime import date
from uuid import UUID

from flask import render_template

from billing.disputes import evidence
from billing.invoices import documents
from billing.invoices.documents import Document
from billing.rules.evidence import Evidence

# A file made twice of the same facts is the same file.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def made(dispute_id: UUID) -> Document:
    """A zip with the sheet (HTML), the same as JSON, and the receipt (PDF). Raises NotFound."""
    found = evidence.gather(dispute_id)
    receipt = documents.receipt(found.invoice_id)
    parts = {
        "evidence.html": render_template("documents/evidence.html", found=found).encode(),
        "evidence.json": as_json(found).encode(),
        receipt.name: receipt.content,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in parts.items():
            bundle.writestr(zipfile.ZipInfo(name, _NO_TIME), content, zipfile.ZIP_DEFLATED)
    return Document(f"evidence-{found.stripe_id}.zip", out.getvalue(), "application/zip")


def as_json(found: Evidence) -> str:
    """The evidence as plain values; amounts in minor units, instants with their offset."""
    return json.dumps(asdict(found), default=_plain, ensure_ascii=False, indent=1)


def _plain(value: object) -> str:
    if isinstance(value, date):  # an instant is one as well
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{value!r} is no plain value")
