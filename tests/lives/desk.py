"""What somebody may do at the desk: come, have it taken back, and buy sessions or a plan."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from config.errors import Invalid, Refused
from tests.lives.life import Life, tried
from tests.lives.reference import ALLOWANCE, Plan


class AtTheDesk(Life):
    """Sessions, packs and the starter."""

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


def _give_back(plan: Plan) -> None:
    """The session that was taken last: from the batch that ends first."""
    min(plan.batches, key=lambda batch: batch.until).left += 1
