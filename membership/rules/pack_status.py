"""What happens to a sold pack: a total table of state and event, as for memberships."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

from membership.rules import answers
from membership.rules.answers import Ignored, Moves, Refuses, Stays

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
    "extend_window",
    "extend_deadline",
    "buy_extension",
    "done",
    "start_now",
    "convert_due",
    "consent",
    "refund_unused",
    "cooling_off",
    "statutory_exit",
    "medical_hold",
    "dispute_opened",
    "dispute_won",
    "dispute_lost",
]
STATES: Final[tuple[State, ...]] = get_args(State)
EVENTS: Final[tuple[Event, ...]] = get_args(Event)


Answer = Moves[State] | Stays | Ignored | Refuses

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
    "nothing_left": "There is nothing left of this pack.",
    "plan_instead": "This starter is over: please choose a plan instead.",
}

_S, _I = Stays(), Ignored()
_UNOPENED: Final[Moves[State]] = Moves("unopened")
_OPEN: Final[Moves[State]] = Moves("open")
_SPENT: Final[Moves[State]] = Moves("spent")
_EXPIRED: Final[Moves[State]] = Moves("expired")
_CANCELLED: Final[Moves[State]] = Moves("cancelled")


def _r(code: str) -> Refuses:
    return Refuses(code)


_UNPAID = _r("unpaid")
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
    # expired: the expiry is reversed by an entry, unless its refund was promised
    "extend_window":      (_UNPAID, _S, _S, _r("nothing_left"), _OPEN, _r("cancelled")),
    # the same of a pack that was never opened: it waits for its first session once more
    "extend_deadline":    (_UNPAID, _S, _I, _r("nothing_left"), _UNOPENED, _r("cancelled")),
    # while spent, until the phase ends; `packs.may_buy` asks for the date
    "buy_extension":      (_r("not_opened"), _r("not_opened"), _S, _S, _r("phase_over"),
                           _r("phase_over")),
    # the phase ends today, and the credits live on; expired: an extension may carry it still
    "done":               (_UNPAID, _r("not_opened"), _S, _S, _S, _I),
    "start_now":          (_UNPAID, _r("not_opened"), _S, _S, _r("plan_instead"),
                           _r("plan_instead")),
    # a window still open waits; one that was never opened lapses its consent
    "convert_due":        (_I, _I, _I, _S, _S, _I),
    "consent":            (_S, _S, _S, _S, _S, _I),
    "refund_unused":      (_UNPAID, _CANCELLED, _CANCELLED, _r("nothing_left"), _CANCELLED,
                           _r("nothing_left")),
    "cooling_off":        (_I, _CANCELLED, _CANCELLED, _CANCELLED, _CANCELLED, _I),
    # expired: where it is still refundable, which the policy says
    "statutory_exit":     (_CANCELLED, _CANCELLED, _CANCELLED, _I, _CANCELLED, _I),
    # deadline or window shift
    "medical_hold":       (_I, _S, _S, _I, _I, _I),
    # a flag beside the state: its sessions rest until a bank has decided
    "dispute_opened":     (_I, _S, _S, _S, _S, _S),
    "dispute_won":        (_I, _S, _S, _S, _S, _S),
    "dispute_lost":       (_I, _CANCELLED, _CANCELLED, _S, _CANCELLED, _S),
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
        raise answers.refuse(found, REFUSALS)
    return found.to if isinstance(found, Moves) else state  # type: ignore[return-value]
