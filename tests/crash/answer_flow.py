"""Evidence that is handed in to the bank by a button, while somebody kills the process; then the
button is pressed again, and the job goes on.
"""

from __future__ import annotations

import os
from datetime import date

import sqlalchemy as sa

from billing.disputes import answer_sends, answers, disputes
from billing.models import Dispute, DisputeAnswer, Payment
from billing.runs import run
from config import clock as time_of
from config.audit import SYSTEM
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db, run_txn
from stripe_sandbox.launch import Running
from tests.crash.flow import Flow, Picture, Way
from tests.crash.pictured import rows_and_books
from tests.crash.renewal_flow import LEASE_MS
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.world import BEFORE_ALL, RUN_AT

SHOWN: dict[type, tuple[str, ...]] = {
    Dispute: ("state", "amount_cents"),
    DisputeAnswer: ("about", "state", "failure_code"),
}


class AnswerFlow(Flow):
    """A disputed plan, and somebody who presses the button."""

    slow = r"v1/disputes|v1/files"

    def __init__(self, stripe: Running, clock: SimulatedClock, leases: ManualLeaseClock) -> None:
        super().__init__(stripe, clock, leases)
        self._first_process = os.getpid()

    def build(self) -> None:
        now, shop, gateway = BEFORE_ALL, open_shop(), self.gateway
        member_id = join("plan", shop, now)
        put_card(member_id, stripe=self.stripe, gateway=gateway, now=now)
        begin_plan(member_id, shop.two, shop, now)
        run.bill(shop.sea, on=date(2027, 1, 4))
        forget_starters()
        self.move(RUN_AT)
        charge_id = db.session.scalars(sa.select(Payment.charge_id)).one()
        db.session.rollback()
        opened = self.stripe.control("POST", "disputes", {"charge": charge_id})
        disputes.look(opened["id"], gateway=gateway, now=RUN_AT)

    def act(self) -> None:
        press()
        self.send()

    def send(self) -> None:
        """What the job does. Receipts are drawn by threads, which no fork inherits alive: the
        process that forks draws none.
        """
        if os.getpid() != self._first_process:
            answer_sends.work()

    def recover(self, way: Way) -> None:
        if way.keys_forgotten:
            self.forget_keys()
        press()
        for _ in range(3):
            self.leases.advance(LEASE_MS * 40)
            self.send()

    def picture(self, way: Way) -> Picture:
        told = rows_and_books(SHOWN)
        found = self.gateway.disputes_created(since=0, until=1 << 40)
        told["at Stripe"] = sorted(f"{one.amount_cents} {one.status}" for one in found)
        return told


def press() -> None:
    """Pressed again it is the same answer."""
    dispute_id = db.session.scalars(sa.select(Dispute.id)).one()
    db.session.rollback()
    run_txn(lambda: answers.ask(dispute_id, by=SYSTEM, now=time_of.now()))
