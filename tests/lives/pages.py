"""What somebody may do on their own pages: another card, another plan, a rest, an end."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.lives.acts import BAD, GOOD
from tests.lives.life import Life
from tests.lives.reference import Batch, Plan, months_on
from tests.support.story_facts import taken

MOST_HOLD_DAYS = 90


class OnOwnPages(Life):
    """The card, changes of plan, holds and cancellations."""

    @precondition(lambda self: self._nothing_open() and self.told.card_works)
    @rule()
    def the_card_goes_bad(self) -> None:
        """The card on file will decline from now on."""
        self.acts.new_card(BAD)
        self.told.card_works = False

    @rule()
    def a_new_card(self) -> None:
        """A good card: what is open is collected with it at once, and once."""
        self.acts.new_card(GOOD)
        self.told.card_works = True
        if self.told.plan is not None and self.told.plan.owed_cents:
            self.told.pays_now()
        elif self.told.plan is None:
            self.told.paid_cents = sum(taken(self.story))  # what was used before a lapse

    def _nothing_open(self) -> bool:
        return self.told.plan is None or not self.told.plan.owed_cents

    @precondition(lambda self: self.told.plan is not None)
    @rule(code=st.sampled_from(["MAINT-2", "MAINT-4"]))
    def change_at_renewal(self, code: str) -> None:
        """Another plan with the next renewal."""
        plan = self._plan()
        if plan.code == code:
            return
        if plan.status not in ("active", "frozen") or plan.ends_on:
            self._refused(lambda: self.acts.change_at_renewal(code))
            return
        self.acts.change_at_renewal(code)
        plan.pending = code

    @precondition(lambda self: self.told.plan is not None and self.told.plan.code == "MAINT-2")
    @rule()
    def change_now(self) -> None:
        """The bigger plan today, for the difference of the days that are left."""
        plan = self._plan()
        if plan.status != "active" or plan.ends_on or plan.due <= self.acts.today:
            self._refused(lambda: self.acts.change_now("MAINT-4"))
            return
        cents, extra = self.acts.change_now("MAINT-4")
        self.told.paid_cents += cents
        self.told.card_works = True
        plan.code, plan.pending = "MAINT-4", None
        _add(plan, extra)

    @precondition(lambda self: self.told.plan is not None and self.told.plan.pending)
    @rule()
    def undo_the_change(self) -> None:
        """They stay with what they have."""
        self.acts.undo_change()
        self._plan().pending = None

    @precondition(lambda self: self.told.plan is not None and self.told.card_works)
    @rule(in_days=st.integers(0, 12), days=st.integers(5, 95))
    def hold(self, in_days: int, days: int) -> None:
        """A rest, if it may be."""
        plan = self._plan()
        first = self.acts.today + timedelta(days=in_days)
        fits = 7 <= days <= MOST_HOLD_DAYS and _days_held(plan, first) + days <= MOST_HOLD_DAYS
        over = plan.ends_on is not None and first >= plan.ends_on
        if plan.status != "active" or plan.hold or not fits or over:
            self._refused(lambda: self.acts.hold(in_days=in_days, days=days))
            return
        span, fee = self.acts.hold(in_days=in_days, days=days)
        self.told.paid_cents += fee
        plan.hold = (span.start, span.end)
        if in_days == 0:
            plan.status = "frozen"
            plan.shift(days)

    @precondition(lambda self: self.told.plan is not None and self.told.plan.status == "frozen")
    @rule()
    def back_early(self) -> None:
        """They are back before the end; the rest of the days moves back."""
        plan = self._plan()
        assert plan.hold is not None
        self.acts.back_early()
        plan.status = "active"
        plan.shift(-(plan.hold[1] - self.acts.today).days)
        plan.held.append((plan.hold[0], self.acts.today))
        plan.hold = None

    @precondition(lambda self: self.told.plan is not None)
    @rule()
    def cancel(self) -> None:
        """Two clicks: paid time is kept, unpaid time ends at once."""
        plan = self._plan()
        self.acts.cancel()
        if plan.status in ("pending", "grace", "locked"):
            self.told.plan = self.visit = None
        elif plan.ends_on is None:
            plan.ends_on = plan.due

    @precondition(lambda self: self.told.plan is not None)
    @rule()
    def undo_the_cancellation(self) -> None:
        """They stay after all, where there is something to undo."""
        plan = self._plan()
        if plan.ends_on is None or plan.status not in ("active", "frozen"):
            self._refused(self.acts.undo_cancel)
            return
        self.acts.undo_cancel()
        plan.ends_on = None


def _days_held(plan: Plan, before: date) -> int:
    """Days of rest in the twelve months before a date."""
    since = before - timedelta(days=365)
    return sum((last - max(first, since)).days for first, last in plan.held)


def _add(plan: Plan, sessions: int) -> None:
    """Sessions of the running period on top."""
    for batch in plan.batches:
        if batch.rolls_on == plan.due:
            batch.left += sessions
            return
    plan.batches.append(Batch(sessions, plan.due, months_on(plan.anchor, plan.months + 1)))
