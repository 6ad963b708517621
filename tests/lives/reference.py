"""A small model of a member's plan, told in days: what a sensible person would expect.

It knows nothing of tables, invoices or jobs. It is told what was done and that a day has
passed, and says what status the plan has then, when it renews, what its sessions are and what
the card has paid altogether.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta

GRACE_DAYS, ABANDONED_AFTER = 7, 14
RETRIES_AFTER = (2, 5, 9)
ALLOWANCE = {"MAINT-2": 2, "MAINT-4": 4, "UNLIMITED": None}
CAP = {"MAINT-2": 2, "MAINT-4": 4, "UNLIMITED": 0}


def months_on(anchor: date, months: int) -> date:
    """The same day some months later; a short month has its last day instead."""
    month = anchor.month - 1 + months
    year, month = anchor.year + month // 12, month % 12 + 1
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


@dataclass
class Batch:
    """Sessions of one period: cut to the cap on `rolls_on`, gone on `until`."""

    left: int
    rolls_on: date
    until: date


@dataclass
class Plan:
    """What is known of a plan; `anchor` counts `months` to the next renewal."""

    code: str
    status: str
    anchor: date
    months: int
    due: date
    start: date | None = None
    ends_on: date | None = None
    failed_on: date | None = None
    grace_until: date | None = None
    owed_cents: int = 0
    pending: str | None = None
    hold: tuple[date, date] | None = None
    batches: list[Batch] = field(default_factory=list)
    held: list[tuple[date, date]] = field(default_factory=list)

    @property
    def sessions(self) -> int:
        """How many are left of it, whether or not they may be taken just now."""
        return sum(batch.left for batch in self.batches)

    def renew(self) -> None:
        """Step into the next period, and have its sessions."""
        self.start, self.months = self.due, self.months + 1
        self.due = months_on(self.anchor, self.months)
        allowance = ALLOWANCE[self.code]
        if allowance is not None:
            until = months_on(self.anchor, self.months + 1)
            self.batches.append(Batch(allowance, self.due, until))

    def take_session(self) -> None:
        """The one that ends first goes first."""
        batch = min((b for b in self.batches if b.left), key=lambda b: b.until)
        batch.left -= 1

    def shift(self, days: int) -> None:
        """Everything to come is later by these days, and counted from a new anchor."""
        later = timedelta(days=days)
        self.due += later
        self.anchor, self.months = self.due, 0
        if self.ends_on is not None:
            self.ends_on += later
        for batch in self.batches:
            batch.until += later
            batch.rolls_on += later


class Reference:
    """One member at one studio; `paid_cents` is all that their card was ever charged."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.plan: Plan | None = None
        self.paid_cents = 0
        self.card_works = True

    def begin(self, code: str, *, first_cents: int) -> None:
        """A plan bought and paid today, or a conversion whose day has come."""
        self.plan = Plan(code, "active", self.today, 0, self.today)
        if self.card_works:
            self.paid_cents += first_cents
            self.plan.renew()
            return
        self.plan.status = "pending"
        self.plan.failed_on, self.plan.owed_cents = self.today, first_cents

    def pays_now(self) -> None:
        """What is open was paid: a start begins, arrears are over."""
        plan = self.plan
        assert plan is not None
        self.paid_cents += plan.owed_cents
        if plan.status == "pending":
            plan.renew()
        plan.status, plan.owed_cents = "active", 0
        plan.failed_on = plan.grace_until = None

    def day_passes(self, *, renewal_cents: int | None) -> None:
        """It is tomorrow, and the studio's jobs have looked at it.

        `renewal_cents` is what the member's page said yesterday that the next renewal takes.
        """
        self.today += timedelta(days=1)
        steps = (self._holds, self._arrears, self._ends, self._sessions_end, self._retries)
        for step in steps:
            if self.plan is not None:
                step(self.plan)
        if self.plan is not None:
            self._renews(self.plan, renewal_cents)

    def _arrears(self, plan: Plan) -> None:
        if plan.status == "pending" and self.today >= plan.anchor + timedelta(ABANDONED_AFTER):
            self.plan = None
        elif plan.status in ("grace", "locked"):
            assert plan.failed_on is not None
            if self.today >= plan.due or self.today >= plan.failed_on + timedelta(days=30):
                self.plan = None
            elif plan.grace_until is not None and self.today >= plan.grace_until:
                plan.status = "locked"

    def _ends(self, plan: Plan) -> None:
        over = plan.ends_on is not None and plan.ends_on <= self.today
        if over and plan.status in ("active", "frozen"):
            self.plan = None

    def _holds(self, plan: Plan) -> None:
        if plan.hold is None:
            return
        first, last = plan.hold
        if plan.status == "active" and first == self.today:
            plan.status = "frozen"
            plan.shift((last - first).days)
        elif plan.status in ("grace", "locked") and first == self.today:
            plan.hold = None
        elif plan.status == "frozen" and last == self.today:
            plan.status, plan.hold = "active", None
            plan.held.append((first, last))

    def _sessions_end(self, plan: Plan) -> None:
        cap = CAP[self._code_at_renewal(plan)]
        for batch in plan.batches:
            if batch.rolls_on == self.today and batch.until > self.today:
                batch.left = min(batch.left, cap)
        plan.batches = [b for b in plan.batches if b.left and b.until > self.today]

    def _code_at_renewal(self, plan: Plan) -> str:
        return plan.pending or plan.code if plan.due == self.today else plan.code

    def _retries(self, plan: Plan) -> None:
        if plan.failed_on is None or plan.status not in ("pending", "grace", "locked"):
            return
        if (self.today - plan.failed_on).days in RETRIES_AFTER and self.card_works:
            self.pays_now()

    def _renews(self, plan: Plan, renewal_cents: int | None) -> None:
        if plan.status != "active" or plan.due > self.today:
            return
        assert renewal_cents is not None, "a renewal that no page had announced"
        plan.code, plan.pending = plan.pending or plan.code, None
        plan.renew()
        if self.card_works:
            self.paid_cents += renewal_cents
            return
        plan.status, plan.failed_on, plan.owed_cents = "grace", self.today, renewal_cents
        assert plan.start is not None
        half = (plan.due - plan.start).days // 2
        plan.grace_until = self.today + timedelta(days=min(GRACE_DAYS, half))
