"""When a pack may be bought, from when to when it is used, and when its owner is warned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from config.calendar import Period
from config.errors import Refused
from membership.rules import membership_status, pack_status
from membership.rules.catalog import PackKind

# Days before the window closes on which its owner hears of it, first one first.
WARNED_DAYS_BEFORE = (3, 1)
# How long after its end a plan still entitles to a booster.
BOOSTER_DAYS_AFTER_PLAN = 60

REFUSALS = {
    # Says the same to whoever asks: it must not tell a stranger who is a member.
    "one_per_person": "We cannot offer a starter for these details. The desk can help.",
    "for_members": "Boosters go with a plan. A starter or a single session is open to all.",
    "purchase_waiting": "A purchase of yours is still waiting for its payment.",
}


@dataclass(frozen=True, slots=True)
class Starter:
    """A starter as far as other packs depend on it; its phase lasts until `phase_end`."""

    state: str
    phase_end: date | None

    def is_running(self, on: date) -> bool:
        """Whether the intensive phase that it began goes on."""
        return self.state != "cancelled" and self.phase_end is not None and on < self.phase_end


@dataclass(frozen=True, slots=True)
class Buyer:
    """What is known of somebody who wants a pack.

    `had_starter` is told of the person (any record with the same mailbox or phone), and
    `may_again` where a manager gave leave for one more; `plan_status` and `plan_ended_on` are
    those of the newest plan, none where there never was one.
    """

    had_starter: bool
    starter: Starter | None
    plan_status: str | None
    plan_ended_on: date | None
    may_again: bool = False


def require_may_buy(kind: PackKind, buyer: Buyer, *, on: date) -> None:
    """Raises Refused, by name, where this pack is not for this buyer on this day."""
    if kind == "starter":
        _require_first_starter(buyer)
    elif kind == "extension":
        _require_open_phase(buyer.starter, on=on)
    elif kind == "booster":
        _require_plan(buyer, on=on)


def window(opened_on: date, *, window_days: int) -> Period | None:
    """The days a pack may be used once opened; none where it has no window."""
    if window_days == 0:
        return None
    return Period(opened_on, opened_on + timedelta(days=window_days))


def first_use_by(purchased_on: date, *, first_use_days: int) -> date | None:
    """The last day for the first session; none where there is no such day."""
    return purchased_on + timedelta(days=first_use_days) if first_use_days else None


def usable_until(last_day: date | None) -> date | None:
    """The first day on which credits with this last day are no longer valid."""
    return last_day + timedelta(days=1) if last_day else None


def last_day(end: date | None) -> date | None:
    """The day before an open end."""
    return end - timedelta(days=1) if end else None


def warning_due(window_end: date, *, on: date) -> int | None:
    """Which warning, named by its days before the end, belongs to this day; or none.

    Only the latest: after days without jobs nobody gets two letters at once.
    """
    left = (window_end - on).days
    passed = [days for days in WARNED_DAYS_BEFORE if left <= days]
    return passed[-1] if passed and left > 0 else None


def warned_on(window_end: date, days_before: int) -> date:
    """The day that a warning is for."""
    return window_end - timedelta(days=days_before)


def _require_first_starter(buyer: Buyer) -> None:
    if buyer.plan_status is not None:
        membership_status.require(buyer.plan_status, "starter_bought")
    if buyer.had_starter and not buyer.may_again:
        raise Refused("one_per_person", REFUSALS["one_per_person"])


def _require_open_phase(starter: Starter | None, *, on: date) -> None:
    pack_status.require(starter.state if starter else "draft", "buy_extension")
    if starter and not starter.is_running(on):
        raise Refused("phase_over", pack_status.REFUSALS["phase_over"])


def _require_plan(buyer: Buyer, *, on: date) -> None:
    if buyer.starter is not None and buyer.starter.is_running(on):
        code = "extension_instead"
        raise Refused(code, membership_status.REFUSALS[code])
    if buyer.plan_status is None:
        raise Refused("for_members", REFUSALS["for_members"])
    membership_status.require(buyer.plan_status, "booster_bought")
    ended = buyer.plan_ended_on
    if ended is not None and on > ended + timedelta(days=BOOSTER_DAYS_AFTER_PLAN):
        raise Refused("for_members", REFUSALS["for_members"])
