"""What happens to a held plan: a total table of status and event.

A pair either moves the membership, lets it stay (something beside the status happens), is
ignored (a repeat, or not meant for this status) or is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, get_args

from membership.rules import answers
from membership.rules.answers import Ignored, Moves, Refuses, Stays

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
    "hold_ask",
    "medical_hold_ask",
    "hold_start",
    "hold_end",
    "cancel",
    "undo_cancel",
    "change_now",
    "change_at_renewal",
    "undo_change",
    "step_down_due",
    "price_rise_due",
    "card_updated",
    "cooling_off",
    "home_moves",
    "location_closes",
    "statutory_exit",
    "check_in",
    "convert_due",
    "starter_bought",
    "booster_bought",
    "overage_bought",
    "dispute_opened",
    "dispute_won",
    "dispute_lost",
]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
EVENTS: Final[tuple[Event, ...]] = get_args(Event)
LIVE: Final[frozenset[Status]] = frozenset(STATUSES) - {"ended"}

Answer = Moves[Status] | Stays | Ignored | Refuses

REFUSALS: Final[Mapping[str, str]] = {
    "not_started": "This plan has not started yet: its first payment is still open.",
    "locked": "Sessions of this plan rest until the open invoice is paid.",
    "frozen": "This plan is on hold.",
    "already_frozen": "This plan is on hold already: extend the hold instead.",
    "ended": "This plan has ended.",
    "in_arrears": "Please settle the open invoice first.",
    "nothing_to_undo": "There is no cancellation to take back.",
    "already_member": "There is a plan already, so a starter is not on offer.",
    "one_per_person": "A starter is sold once per person.",
    "extension_instead": "Before the plan starts, single extension sessions are the better buy.",
}

_S, _I = Stays(), Ignored()
_ACTIVE: Final[Moves[Status]] = Moves("active")
_GRACE: Final[Moves[Status]] = Moves("grace")
_LOCKED: Final[Moves[Status]] = Moves("locked")
_FROZEN: Final[Moves[Status]] = Moves("frozen")
_ENDED: Final[Moves[Status]] = Moves("ended")


def _r(code: str) -> Refuses:
    return Refuses(code)


_IN_ARREARS = (_r("in_arrears"), _r("in_arrears"))
_OVER = _r("ended")

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
    "hold_ask":          (_r("not_started"), _S, *_IN_ARREARS, _r("already_frozen"), _OVER),
    # pending: its start moves; in arrears: the recovery rests; on hold: it becomes medical
    "medical_hold_ask":  (_S, _S, _FROZEN, _FROZEN, _S, _OVER),
    # in arrears a hold that was planned is dropped, and its member told
    "hold_start":        (_I, _FROZEN, _S, _S, _I, _I),
    # back to grace where an invoice is still open: `holds` asks
    "hold_end":          (_I, _I, _I, _I, _ACTIVE, _I),
    # paid time is kept to its end (`ends_on`); unpaid time ends at once
    "cancel":            (_ENDED, _S, _ENDED, _ENDED, _S, _I),
    # nothing to undo either where `ends_on` is not set
    "undo_cancel":       (_r("nothing_to_undo"), _S, *(_r("nothing_to_undo"),) * 2, _S, _OVER),
    "change_now":        (_r("not_started"), _S, *_IN_ARREARS, _r("frozen"), _OVER),
    "change_at_renewal": (_r("not_started"), _S, *_IN_ARREARS, _S, _OVER),
    "undo_change":       (_I, _S, _S, _S, _S, _I),
    "step_down_due":     (_I, _S, _I, _I, _I, _I),
    # a start keeps the price that was consented to; a hold waits for the first renewal after it
    "price_rise_due":    (_I, _S, _S, _S, _S, _I),
    "card_updated":      (_S, _S, _S, _S, _S, _S),
    "cooling_off":       (_ENDED, _ENDED, _ENDED, _ENDED, _ENDED, _S),
    "home_moves":        (_S, _S, _S, _S, _S, _S),
    # no renewal after the closing; what is paid is used elsewhere, or goes back
    "location_closes":   (_ENDED, _S, _S, _S, _S, _I),
    # closed invoices in arrears are void; after the end what is unspent may still go back
    "statutory_exit":    (_ENDED, _ENDED, _ENDED, _ENDED, _ENDED, _S),
    "check_in":          (_r("not_started"), _S, _S, _r("locked"), _r("frozen"), _OVER),
    # a second conversion finds a member; after the end it begins a new membership
    "convert_due":       (_I, _I, _I, _I, _I, _S),
    # after the end the rule of one starter per person decides
    "starter_bought":    (_r("one_per_person"), *(_r("already_member"),) * 4, _S),
    # after the end `booster_until` decides
    "booster_bought":    (_r("extension_instead"), _S, *_IN_ARREARS, _r("frozen"), _S),
    # a session at the price of members goes with a plan that is paid
    "overage_bought":    (_r("not_started"), _S, *_IN_ARREARS, _r("frozen"), _OVER),
    # sessions rest while a bank decides; on hold: they rest on return
    "dispute_opened":    (_ENDED, _LOCKED, _LOCKED, _S, _S, _S),
    # arrears that are older stay what they were: `disputes` asks; a card has to be entered anew
    "dispute_won":       (_I, _I, _I, _ACTIVE, _S, _I),
    # after the end what is unspent is revoked all the same
    "dispute_lost":      (_I, _ENDED, _ENDED, _ENDED, _ENDED, _S),
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


def require(status: str, event: Event) -> Moves[Status] | Stays | Ignored:
    """The table's answer, with a refusal raised as `Refused`."""
    found = answer(status, event)
    if isinstance(found, Refuses):
        raise answers.refuse(found, REFUSALS)
    return found
