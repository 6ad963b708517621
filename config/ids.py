"""Keys: UUIDv7 made in the app, so rows sort by age and no sequence is a bottleneck."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh key, later than every key this process made before."""
    return uuid7()
