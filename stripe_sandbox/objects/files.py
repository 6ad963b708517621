"""Files that are handed in as evidence. What is in them is not looked at."""

from __future__ import annotations

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.lists import page
from stripe_sandbox.shapes import Obj

EVIDENCE = "dispute_evidence"
_KINDS = {"pdf": "pdf", "png": "png", "jpg": "jpg", "jpeg": "jpg"}
_LARGEST = 5 * 1024 * 1024


def create(call: Call) -> Obj:
    """Keep a file's name and size; one for evidence is a picture or a PDF."""
    purpose = call.params["purpose"]
    name, _, size = call.params["file"].rpartition(":")
    kind = _KINDS.get(name.rpartition(".")[2].lower())
    if purpose != EVIDENCE:
        raise invalid("This sandbox keeps evidence alone.", param="purpose")
    if kind is None or not 0 < int(size) <= _LARGEST:
        raise invalid("Evidence is a PDF, JPEG or PNG of at most 5 MB.", param="file")
    return call.add("file", {"purpose": purpose, "filename": name, "type": kind, "size": int(size)})


def retrieve(call: Call, file_id: str) -> Obj:
    """One file's facts."""
    return call.get("file", file_id)


def list_(call: Call) -> Obj:
    """Files, newest first, by purpose."""
    given = call.params
    filters = {"purpose": given.get("purpose")}
    return page(call.store, "file", params=given, filters=filters, url="/v1/files")
