"""Addresses that open without signing in: a key signed for one purpose, which nobody can guess."""

from __future__ import annotations

from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from config.errors import NotFound


def sealed(purpose: str, key: UUID) -> str:
    """The key as a text for an address; it opens under the same purpose alone."""
    return str(_seal(purpose).dumps(key.hex))


def opened(purpose: str, text: str) -> UUID:
    """The key in such a text. Raises NotFound for one that was not made here, for this."""
    try:
        return UUID(hex=_seal(purpose).loads(text))
    except (BadSignature, ValueError, TypeError, AttributeError):
        raise NotFound from None


def _seal(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"link:{purpose}")
