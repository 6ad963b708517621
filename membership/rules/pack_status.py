"""What happens to a sold pack: a total table of state and event, as for memberships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from config.errors import Refused

State = Literal["draft", "unopened", "open", "spent", "expired", "cancelled"]
Event = Literal[
    "paid",
    "checkout_expired",
    "redeem",
    "redeem_last",
    "redeem_again_today",
    "undo_redeem",
    "undo_only_redeem",
    "first_use_deadline",
    "window_end",
    "buy_extension",
    "convert_due",
    "consent",
]
STATES: Final[tuple[State, ...]] = get_args(State)
EVENTS: Final[tuple[Event, ...]] = get_args(Event)


@dataclass(frozen=True, slots=True)
class Moves:
    """The pack gets another state."""

    to: State


@dataclass(frozen=True, slots=True)
class Stays:
    """The state holds, and the event has its effect."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing happens, quietly."""


@dataclass(frozen=True, slots=True)
class Refuses:
    """Not allowed; the code names the reason and has a sentence in REFUSALS."""

    code: str


Answer = Moves | Stays | Ignored | Refuses

REFUSALS: Final[Mapping[str, str]] = {
    "unpaid": "This pack has not been paid yet.",
    "credits_exhausted": "There is no session left on this pack.",
    "expired": "This pack has expired.",
    "cancelled": "This pack was cancelled.",
    "one_a_day": "One session a day on this pack: the next one is for tomorrow.",
    "nothing_to_undo": "There is no session on this pack to take back.",
    "extend_first": "This pack has expired since: its window must be extended first.",
    "not_opened": "Extension sessions follow the first session of a starter.",
    "phase_over": "The time for extension sessions is over.",
}

_S, _I = Stays(), Ignored()
_UNOPENED, _OPEN, _SPENT = Moves("unopened"), Moves("open"), Moves("spent")
_EXPIRED, _CANCELLED = Moves("expired"), Moves("cancelled")


def _r(code: str) -> Refuses:
    return Refuses(code)


_NO_USE = (_r("credits_exhausted"), _r("expired"), _r("cancelled"))

# One column per state, in the order of STATES.
# fmt: off
_ROWS: Final[Mapping[Event, tuple[Answer, ...]]] = {
    # money for a cancelled pack is kept and reported: billing parks it
    "paid":               (_UNOPENED, _I, _I, _I, _I, _S),
    # a sale that was never paid leaves a row without number, credits or postings
    "checkout_expired":   (_CANCELLED, _I, _I, _I, _I, _I),
    "redeem":             (_r("unpaid"), _OPEN, _S, *_NO_USE),
    "redeem_last":        (_r("unpaid"), _SPENT, _SPENT, *_NO_USE),
    "redeem_again_today": (_r("unpaid"), _r("one_a_day"), _r("one_a_day"), _r("one_a_day"),
                           _r("expired"), _r("cancelled")),
    "undo_redeem":        (_r("nothing_to_undo"), _r("nothing_to_undo"), _S, _OPEN,
                           _r("extend_first"), _r("cancelled")),
    # the only session is taken back: the window closes as if it had never been opened
    "undo_only_redeem":   (_r("nothing_to_undo"), _r("nothing_to_undo"), _UNOPENED, _UNOPENED,
                           _r("extend_first"), _r("cancelled")),
    "first_use_deadline": (_I, _EXPIRED, _I, _I, _I, _I),
    "window_end":         (_I, _I, _EXPIRED, _I, _I, _I),
    # while spent, until the phase ends; `packs.may_buy` asks for the date
    "buy_extension":      (_r("not_opened"), _r("not_opened"), _S, _S, _r("phase_over"),
                           _r("phase_over")),
    # a window still open waits; one that was never opened lapses its consent
    "convert_due":        (_I, _I, _I, _S, _S, _I),
    "consent":            (_S, _S, _S, _S, _S, _I),
}
# fmt: on

TABLE: Final[Mapping[tuple[State, Event], Answer]] = {
    (state, event): answer
    for event, row in _ROWS.items()
    for state, answer in zip(STATES, row, strict=True)
}


def answer(state: str, event: Event) -> Answer:
    """What the table says; KeyError for a state or event that does not exist."""
    return TABLE[state, event]  # type: ignore[index]  # the column's CHECK keeps it known


def require(state: str, event: Event) -> State:
    """The state after the event, the same where it stays or nothing happens.

    Raises `Refused` where the table refuses.
    """
    found = answer(state, event)
    if isinstance(found, Refuses):
        raise Refused(found.code, REFUSALS[found.code])
    return found.to if isinstance(found, Moves) else state  # type: ignore[return-value]
