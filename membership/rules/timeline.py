"""How each movement of a member's sessions is told to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, str]] = {
    "grant": "You received",
    "redeem": "You used",
    "reverse": "Given back to you",
    "expire": "Expired unused",
    "forfeit": "More than your plan carries over",
    "void": "Taken back",
    "restore": "Given back: your window was extended",
    "revalue": "Added by your change of plan",
    "unlimited": "You came, on your plan",
    "extra": "You came for an extra session",
}
# A person wrote these reasons for the member to read; others are words of the house.
TOLD: Final = frozenset({"grant", "reverse", "restore"})


def text(kind: str) -> str:
    """What happened, in a few words; KeyError for a kind nobody ever told of."""
    return TEXTS[kind]


def reason(kind: str, kept: str | None) -> str | None:
    """Why, where a person gave a reason that is the member's to read."""
    return kept if kind in TOLD else None
