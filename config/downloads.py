"""Reports as answers to a request: a file for a spreadsheet, a document for a program."""

from __future__ import annotations

from typing import Any

from flask import Response, json


def spreadsheet(text: str, *, name: str) -> Response:
    """Comma-separated lines, as a file to keep under this name."""
    answer = Response(text, mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def document(found: Any) -> Response:
    """Plain values as JSON."""
    return Response(json.dumps(found), mimetype="application/json")
