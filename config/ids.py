"""Keys: UUIDv7 made in the app, so rows sort by age and no sequence is a bottleneck."""

from __future__ import annotations

from uuid import UUID, SafeUUID

from uuid_utils import uuid7

_set = object.__setattr__
_UNKNOWN = SafeUUID.unknown


def new_id() -> UUID:
    """A fresh key, later than every key this process made before.

    Filled in rather than constructed, as a billing run makes six for every renewal: UUID's own
    constructor looks through forms of input that this is not.
    """
    made = object.__new__(UUID)
    _set(made, "int", uuid7().int)
    _set(made, "is_safe", _UNKNOWN)
    return made
