"""A member's life at one studio: how it begins, how time passes in it, and what always holds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from config.errors import Invalid, Refused
from membership.models import Visit
from stripe_sandbox.launch import Running
from tests.lives.acts import Acts
from tests.lives.reference import ALLOWANCE, Plan, Reference
from tests.lives.stage import life_on
from tests.support.story import Story
from tests.support.story_facts import complaints, taken

T = TypeVar("T")
FIRST_DAY = date(2027, 1, 5)


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
