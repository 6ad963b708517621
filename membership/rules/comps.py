"""How many sessions may be given for free, by whom, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MOST_AT_ONCE: Final = 12
# A manager's limit for one member in so many days; an owner has none.
MOST_BY_MANAGER: Final = 4
DAYS: Final = 30
VALID_DAYS: Final = 90


def most_by(roles: Iterable[str]) -> int | None:
    """The limit of whoever holds these roles, in sessions; none where there is no limit."""
    return None if "owner" in set(roles) else MOST_BY_MANAGER
