"""Whole lives of members, made up at random: whatever they do, what happens is what was shown.

After every step the small reference model, the member's own pages and the doctor agree.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from config.errors import Invalid, Refused
from membership.models import Visit
from stripe_sandbox.launch import Running
from tests.lives.acts import BAD, GOOD, Acts
from tests.lives.reference import ALLOWANCE, Batch, Plan, Reference, months_on
from tests.lives.stage import life_on
from tests.support.story import Story
from tests.support.story_facts import complaints, taken

T = TypeVar("T")
FIRST_DAY = date(2027, 1, 5)
MOST_HOLD_DAYS = 90
STEPS = 50


class Life(RuleBasedStateMachine):
    """One member's life at one studio, on one kind of database."""

    kind: ClassVar[str]
    stripe: ClassVar[Running]

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        self.story: Story = self._open.enter_context(life_on(self.kind, folder, self.stripe))
        self.visit: Visit | None = None
        self.taken_from = "nothing"

    def teardown(self) -> None:
        self._open.close()

    @initialize(
        slug=st.sampled_from(["sea", "boi", "phx"]),
        day=st.integers(0, 60),
        choice=st.sampled_from(["STARTER-3", "STARTER-3", "MAINT-2", "MAINT-4", "UNLIMITED"]),
        agrees_to=st.sampled_from([None, "MAINT-2", "MAINT-4", "UNLIMITED"]),
    )
    def join(self, slug: str, day: int, choice: str, agrees_to: str | None) -> None:
        """They join with a starter, with or without agreeing to a plan, or with a plan."""
        on = FIRST_DAY + timedelta(days=day)
        self.story.go(f"{on} 09:00", slug)
        starter = choice == "STARTER-3"
        who = self.story.join("Ana Mora", choice, at=slug, agrees_to=agrees_to if starter else None)
        self.acts, self.told = Acts(self.story, who), Reference(on)
        self.agreed = agrees_to if starter else None
        self.packs = 3 if starter else 0
        paid = sum(taken(self.story))
        if starter:
            self.told.paid_cents = paid
        else:
            self.told.begin(choice, first_cents=paid)

    # -- time ----------------------------------------------------------------------------

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        """The jobs look at every day at nine."""
        for _ in range(days):
            self._expect_tomorrow(1)
            self._go_on(1)

    @precondition(lambda self: self._nothing_pressing())
    @rule(days=st.integers(2, 6))
    def jobs_are_late(self, days: int) -> None:
        """The clock is down for some days, and then catches up."""
        self._expect_tomorrow(days)
        self._go_on(days)

    @rule()
    def jobs_run_again(self) -> None:
        """What has been done is not done twice."""
        self.story.work(self.acts.who.home)

    def _expect_tomorrow(self, days: int) -> None:
        """Tell the model what the member's page says today of the days to come."""
        shown = self.acts.next_charge()
        for _ in range(days):
            plan_before = self.told.plan
            self.told.day_passes(renewal_cents=shown.total_cents if shown else None)
            begins = shown and shown.on == self.told.today and self.agreed
            if plan_before is None and begins:
                assert shown is not None
                assert self.agreed is not None
                self.told.begin(self.agreed, first_cents=shown.total_cents)
                self.agreed = None

    def _go_on(self, days: int) -> None:
        on = self.acts.today + timedelta(days=days)
        self.story.go(f"{on} 09:00", self.acts.who.home)
        self.story.work(self.acts.who.home)
        self.visit = None
        self.packs = min(self.packs, self.acts.pack_sessions())

    def _nothing_pressing(self) -> bool:
        """Late jobs move the dates of letters and of retries; the rest keeps its own."""
        plan = self.told.plan
        return self.told.card_works and not self.agreed and (plan is None or not plan.owed_cents)

    # -- sessions ------------------------------------------------------------------------

    @rule()
    def come(self) -> None:
        """They come for a session; the plan's or a pack's, or it is refused."""
        before = (self.acts.plan_sessions(), self.acts.pack_sessions())
        plan = self.told.plan
        rests = plan is None or plan.status not in ("active", "grace")
        self.visit, code = tried(self.acts.come)
        if code is not None:
            assert rests or (before[0] == 0 and ALLOWANCE[self._plan().code] is not None), code
            return
        after = (self.acts.plan_sessions(), self.acts.pack_sessions())
        self.taken_from = "nothing"
        if after[1] < before[1]:
            self.taken_from = "pack"
            self.packs -= 1
        elif after[0] < before[0]:
            assert plan is not None
            assert not rests
            self.taken_from = "plan"
            plan.take_session()
        else:
            assert plan is not None
            assert not rests
            assert ALLOWANCE[plan.code] is None

    @precondition(lambda self: self.visit is not None)
    @rule()
    def visit_is_taken_back(self) -> None:
        """The desk undoes the check-in of a moment ago."""
        assert self.visit is not None
        self.acts.take_visit_back(self.visit)
        if self.taken_from == "pack":
            self.packs += 1
        elif self.taken_from == "plan":
            assert self.told.plan is not None
            _give_back(self.told.plan)
        self.visit = None

    # -- buying --------------------------------------------------------------------------

    @precondition(lambda self: self.told.plan is None and not self.agreed)
    @rule(code=st.sampled_from(["MAINT-2", "MAINT-4", "UNLIMITED"]))
    def buy_a_plan(self, code: str) -> None:
        """Somebody without a plan takes one."""
        cents = self.acts.buy(code)
        self.told.card_works = True
        self.told.begin(code, first_cents=cents)

    @rule()
    def buy_a_second_starter(self) -> None:
        """A starter is sold once per person, whatever has become of the first."""
        if self.acts.starter() is None and self.told.plan is None:
            return
        self._refused(lambda: self.acts.buy("STARTER-3"))

    @rule(code=st.sampled_from(["EXTENSION-1", "BOOSTER-3", "DROP-IN"]))
    def buy_at_the_desk(self, code: str) -> None:
        """A pack at the desk, paid on their own phone, or refused as the tables say."""
        plan = self.told.plan
        cents, refusal = tried(lambda: self.acts.buy_at_desk(code))
        if cents is None:
            ready = plan is not None and plan.status == "active"
            no_booster = self._is_intensive() or not ready
            assert code == "EXTENSION-1" or (code == "BOOSTER-3" and no_booster), refusal
            return
        if code == "BOOSTER-3" and plan is not None:
            assert plan.status == "active"
        self.told.paid_cents += cents  # this card is not kept: nobody agreed to that
        self.packs += 3 if code == "BOOSTER-3" else 1

    def _is_intensive(self) -> bool:
        """While a starter runs there are extensions, and no boosters, whatever else is held."""
        starter = self.acts.starter()
        return bool(starter and starter.phase_end and self.acts.today < starter.phase_end)

    # -- the starter ---------------------------------------------------------------------

    @precondition(lambda self: bool(self.agreed) and self.acts.has_consent())
    @rule()
    def think_better_of_it(self) -> None:
        """They take back that a plan is to follow."""
        self.acts.withdraw_consent()
        self.agreed = None

    @precondition(lambda self: self.acts.starter() is not None)
    @rule()
    def enough(self) -> None:
        """They say that the starter has done what it should."""
        _, refusal = tried(self.acts.enough)
        assert refusal in (None, "not_opened", "unpaid")

    @precondition(lambda self: self.acts.starter() is not None and self.told.plan is None)
    @rule(days=st.integers(1, 7))
    def more_days(self, days: int) -> None:
        """A manager lengthens the window."""
        before, starter = self.acts.pack_sessions(), self.acts.starter()
        assert starter is not None
        ended = starter.window_end or starter.first_use_by
        try:
            self.acts.more_days(days)
        except Refused:
            return
        except Invalid:  # it ended so long ago that these days would be over, too
            assert ended is not None
            assert ended + timedelta(days=days) <= self.acts.today
            return
        self.packs += self.acts.pack_sessions() - before

    # -- the card ------------------------------------------------------------------------

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

    # -- changes -------------------------------------------------------------------------

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

    # -- what always holds -----------------------------------------------------------------

    @invariant()
    def pages_and_model_agree(self) -> None:
        """Status, dates, sessions and money are what the model expects."""
        if not hasattr(self, "acts"):
            return
        plan, told = self.acts.plan(), self.told.plan
        assert (plan.status if plan else None) == (told.status if told else None)
        if plan is not None and told is not None:
            if told.status != "pending":
                assert (plan.next_due_on, plan.ends_on) == (told.due, told.ends_on)
            if ALLOWANCE[told.code] is not None:
                assert self.acts.plan_sessions() == told.sessions
        assert self.acts.pack_sessions() == self.packs
        assert sum(taken(self.story)) == self.told.paid_cents

    @invariant()
    def the_doctor_finds_nothing(self) -> None:
        """The books, the credits, the invoices and the schedule keep every promise."""
        assert complaints(self.story) == []

    def _plan(self) -> Plan:
        assert self.told.plan is not None
        return self.told.plan

    def _refused(self, act: Callable[[], object]) -> None:
        with pytest.raises((Refused, Invalid)):
            act()


def tried(act: Callable[[], T]) -> tuple[T | None, str | None]:
    """What an act led to, or the code of its refusal."""
    try:
        return act(), None
    except Refused as refused:
        return None, refused.code


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


def _give_back(plan: Plan) -> None:
    """The session that was taken last: from the batch that ends first."""
    min(plan.batches, key=lambda batch: batch.until).left += 1


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in its turn."""
    return request.param


def _live(kind: str, stripe: Running, *, lives: int, chance: int) -> None:
    """`lives` of them, the same every time for the same `chance`."""
    machine = seed(chance)(type("OneLife", (Life,), {"kind": kind, "stripe": stripe}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # A shorter story of a failure would take minutes; the one told can be read as it is.
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


# A hundred lives of fifty steps for a lunch break, in shares that go to as many processes as there
# are, and a thousand for a night.
@pytest.mark.long
@pytest.mark.parametrize("chance", range(10))
def test_whatever_a_member_does_is_what_was_shown(kind: str, stripe: Running, chance: int) -> None:
    _live(kind, stripe, lives=5, chance=chance)


@pytest.mark.nightly
@pytest.mark.parametrize("chance", [*range(10, 20), *range(100, 140)])
def test_many_more_lives_are_what_was_shown(kind: str, stripe: Running, chance: int) -> None:
    _live(kind, stripe, lives=20, chance=chance)
