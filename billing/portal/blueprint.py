"""Where these pages live."""

from __future__ import annotations

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

blueprint = Blueprint("money", __name__)


def go(url: str) -> Response:
    """On to another page, after a button or the way back from Stripe."""
    return redirect(url, code=303)
