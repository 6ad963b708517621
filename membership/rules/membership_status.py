"""What happens to a held plan: a total table of status and event.

A pair either moves the membership, lets it stay (something beside the status happens), is
ignored (a repeat, or not meant for this status) or is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from config.errors import Refused

Status = Literal["pending", "active", "grace", "locked", "frozen", "ended"]
Event = Literal[
    "start_due",
    "payment_succeeded",
    "payment_failed",
    "start_abandoned",
    "renewal_due",
    "end_reached",
    "grace_over",
    "lapse_due",
    "cancel",
    "card_updated",
    "check_in",
    "convert_due",
    "starter_bought",
    "booster_bought",
]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
EVENTS: Final[tuple[Event, ...]] = get_args(Event)
LIVE: Final[frozenset[Status]] = frozenset(STATUSES) - {"ended"}


@dataclass(frozen=True, slots=True)
class Moves:
    """The membership gets another status."""

    to: Status


@dataclass(frozen=True, slots=True)
class Stays:
    """The status holds, and the event has its effect."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing happens, quietly."""


@dataclass(frozen=True, slots=True)
class Refuses:
    """Not allowed; the code names the reason and has a sentence in REFUSALS."""

    code: str


Answer = Moves | Stays | Ignored | Refuses

REFUSALS: Final[Mapping[str, str]] = {
    "not_started": "This plan has not started yet: its first payment is still open.",
    "locked": "Sessions of this plan rest until the open invoice is paid.",
    "frozen": "This plan is on hold.",
    "ended": "This plan has ended.",
    "in_arrears": "Please settle the open invoice first.",
    "already_member": "There is a plan already, so a starter is not on offer.",
    "one_per_person": "A starter is sold once per person.",
    "extension_instead": "Before the plan starts, single extension sessions are the better buy.",
}

_S, _I = Stays(), Ignored()
_ACTIVE, _GRACE, _LOCKED, _ENDED = Moves("active"), Moves("grace"), Moves("locked"), Moves("ended")


def _r(code: str) -> Refuses:
    return Refuses(code)


# One column per status, in the order of STATUSES.
# fmt: off
_ROWS: Final[Mapping[Event, tuple[Answer, ...]]] = {
    # the first period is issued; there is no grace before it is paid
    "start_due":         (_S, _I, _I, _I, _I, _I),
    # money for an ended plan is kept and reported: billing parks it
    "payment_succeeded": (_ACTIVE, _S, _ACTIVE, _ACTIVE, _S, _S),
    "payment_failed":    (_S, _GRACE, _S, _S, _S, _I),
    "start_abandoned":   (_ENDED, _I, _I, _I, _I, _I),
    # no renewal while an older invoice is open: grace and locked wait
    "renewal_due":       (_I, _S, _I, _I, _I, _I),
    # in arrears the lapse ends it, and credits what was not used
    "end_reached":       (_I, _ENDED, _I, _I, _ENDED, _I),
    "grace_over":        (_I, _I, _LOCKED, _I, _I, _I),
    "lapse_due":         (_I, _I, _ENDED, _ENDED, _I, _I),
    # paid time is kept to its end (`ends_on`); unpaid time ends at once
    "cancel":            (_ENDED, _S, _ENDED, _ENDED, _S, _I),
    "card_updated":      (_S, _S, _S, _S, _S, _S),
    "check_in":          (_r("not_started"), _S, _S, _r("locked"), _r("frozen"), _r("ended")),
    # a second conversion finds a member; after the end it begins a new membership
    "convert_due":       (_I, _I, _I, _I, _I, _S),
    # after the end the rule of one starter per person decides
    "starter_bought":    (_r("one_per_person"), *(_r("already_member"),) * 4, _S),
    # after the end `booster_until` decides
    "booster_bought":    (_r("extension_instead"), _S, _r("in_arrears"), _r("in_arrears"),
                          _r("frozen"), _S),
}
# fmt: on

TABLE: Final[Mapping[tuple[Status, Event], Answer]] = {
    (status, event): answer
    for event, row in _ROWS.items()
    for status, answer in zip(STATUSES, row, strict=True)
}


def on_date(status: str, *, ends_on: date | None, on: date) -> str:
    """The status that holds on a local date: a plan whose last paid day has passed is over.

    The job that writes the end down comes later that night, and a desk may be open before it.
    """
    return "ended" if ends_on is not None and ends_on <= on else status


def answer(status: str, event: Event) -> Answer:
    """What the table says; KeyError for a status or event that does not exist."""
    return TABLE[status, event]  # type: ignore[index]  # the column's CHECK keeps it known


def require(status: str, event: Event) -> Moves | Stays | Ignored:
    """The table's answer, with a refusal raised as `Refused`."""
    found = answer(status, event)
    if isinstance(found, Refuses):
        raise Refused(found.code, REFUSALS[found.code])
    return found
