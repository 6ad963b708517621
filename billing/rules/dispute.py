"""What a dispute's status at Stripe means to us, and what may follow what. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

State = Literal["open", "won", "lost"]
Move = Literal["nothing", "won", "lost"]

# https://docs.stripe.com/api/disputes/object: a warning or a prevented one moves no money; it
# becomes a dispute, under the same id, if it goes on.
MEANINGS: Final[Mapping[str, State | None]] = {
    "warning_needs_response": None,
    "warning_under_review": None,
    "warning_closed": None,
    "prevented": None,
    "needs_response": "open",
    "under_review": "open",
    "won": "won",
    "lost": "lost",
}

# What we have written (row) and what is seen (column): a decision is final.
_MOVES: Final[Mapping[tuple[State, State], Move]] = {
    ("open", "open"): "nothing",
    ("open", "won"): "won",
    ("open", "lost"): "lost",
    ("won", "open"): "nothing",
    ("won", "won"): "nothing",
    ("lost", "open"): "nothing",
    ("lost", "lost"): "nothing",
}


class Overturned(ValueError):
    """A bank has decided the other way than it had: a person books that."""


def meaning(status: str) -> State | None:
    """What a status says; none for one that moves no money. ValueError for an unknown one."""
    if status not in MEANINGS:
        raise ValueError(f"a dispute cannot be {status!r}")
    return MEANINGS[status]


def move(state: State, seen: State) -> Move:
    """What to write down. An older look changes nothing; Overturned where won meets lost."""
    found = _MOVES.get((state, seen))
    if found is None:
        raise Overturned(f"this dispute was {state} and is {seen} now")
    return found
