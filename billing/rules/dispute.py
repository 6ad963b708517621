"""What a dispute's status at Stripe means to us, and what may follow what. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

State = Literal["inquiry", "open", "won", "lost", "closed"]
Move = Literal["nothing", "taken", "won", "lost", "closed"]

# The payment's money is with the bank, or gone: what it paid for rests, and none of it is refunded.
HELD: Final = ("open", "lost")
# Somebody may still be told something.
WAITING: Final = ("inquiry", "open")

# https://docs.stripe.com/api/disputes/object: a warning is an inquiry and moves no money; it
# becomes a dispute, under the same id, if it goes on. One that is prevented never did.
MEANINGS: Final[Mapping[str, State]] = {
    "warning_needs_response": "inquiry",
    "warning_under_review": "inquiry",
    "warning_closed": "closed",
    "prevented": "closed",
    "needs_response": "open",
    "under_review": "open",
    "won": "won",
    "lost": "lost",
}

# What we have written (row) and what is seen (column): a decision is final, an older look changes
# nothing. "taken": the bank takes the money now; what it has decided besides follows at once.
_MOVES: Final[Mapping[tuple[State, State], Move]] = {
    ("inquiry", "inquiry"): "nothing",
    ("inquiry", "open"): "taken",
    ("inquiry", "won"): "taken",
    ("inquiry", "lost"): "taken",
    ("inquiry", "closed"): "closed",
    ("closed", "inquiry"): "nothing",
    ("closed", "open"): "taken",
    ("closed", "won"): "taken",
    ("closed", "lost"): "taken",
    ("closed", "closed"): "nothing",
    ("open", "inquiry"): "nothing",
    ("open", "open"): "nothing",
    ("open", "won"): "won",
    ("open", "lost"): "lost",
    ("won", "inquiry"): "nothing",
    ("won", "open"): "nothing",
    ("won", "won"): "nothing",
    ("lost", "inquiry"): "nothing",
    ("lost", "open"): "nothing",
    ("lost", "lost"): "nothing",
}


class Overturned(ValueError):
    """A bank has taken back what it had said: a person books that."""


def meaning(status: str) -> State:
    """What a status says. ValueError for an unknown one."""
    if status not in MEANINGS:
        raise ValueError(f"a dispute cannot be {status!r}")
    return MEANINGS[status]


def asks(status: str) -> bool:
    """Whether the bank waits for an answer; it takes one."""
    return status in ("needs_response", "warning_needs_response")


def is_answered(status: str) -> bool:
    """Whether the bank has an answer and weighs it."""
    return status in ("under_review", "warning_under_review")


def is_past(due_by: int | None, *, now_s: float) -> bool:
    """Whether the day by which the bank wanted an answer is over; both in epoch seconds."""
    return due_by is not None and due_by <= now_s


def move(state: State, seen: State) -> Move:
    """What to write down. An older look changes nothing; Overturned where won meets lost."""
    found = _MOVES.get((state, seen))
    if found is None:
        raise Overturned(f"this dispute was {state} and is {seen} now")
    return found
