"""A dispute over a plan and one over a pack, learned of while somebody kills the process."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from billing.disputes import disputes
from billing.invariants.doctor_disputes import findings
from billing.letters import letters
from billing.models import Dispute, Payment, WebhookEvent
from billing.runs import run
from config import clock
from config.db import db
from membership.models import CreditGrant, MemberPack, Membership
from tests.crash.flow import Flow, Picture, Way
from tests.crash.letters import keep_letters
from tests.crash.paying import buy_starter
from tests.crash.pictured import rows_and_books
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.world import BEFORE_ALL, RUN_AT

SHOWN: dict[type, tuple[str, ...]] = {
    Dispute: ("state", "amount_cents", "opened_on", "closed_on"),
    Membership: ("status", "disputed_on", "ended_on", "end_reason"),
    MemberPack: ("state", "disputed_on"),
    CreditGrant: ("product", "state", "remaining", "remaining_cents"),
    WebhookEvent: ("type", "state"),
}


class OpenedFlow(Flow):
    """Letters wait that tell of two new disputes."""

    slow = ""

    def build(self) -> None:
        now, shop, gateway = BEFORE_ALL, open_shop(), self.gateway
        who = join("starter", shop, now)
        buy_starter(who, shop, stripe=self.stripe, gateway=gateway, now=now)
        member_id = join("plan", shop, now)
        put_card(member_id, stripe=self.stripe, gateway=gateway, now=now)
        begin_plan(member_id, shop.two, shop, now)
        run.bill(shop.sea, on=date(2027, 1, 4))
        forget_starters()
        self.move(RUN_AT)
        charges = list(db.session.scalars(sa.select(Payment.charge_id)))
        db.session.rollback()
        for charge_id in charges:
            opened = self.stripe.control("POST", "disputes", {"charge": charge_id})
            self.opened(opened["id"])
        keep_letters(self.stripe, about="charge.dispute.")

    def opened(self, dispute_id: str) -> None:
        """What else has happened before the letters are opened."""

    def act(self) -> None:
        letters.open_waiting(clock.now(), 100, self.gateway)

    def recover(self, way: Way) -> None:
        for hours in (1, 12, 24):
            letters.open_waiting(clock.now() + timedelta(hours=hours), 100, self.gateway)

    def complaints(self) -> list[str]:
        later = clock.now() + timedelta(days=2)
        return super().complaints() + list(findings(self.gateway, asked_at=later))

    def picture(self, way: Way) -> Picture:
        return rows_and_books(SHOWN)


class LostFlow(OpenedFlow):
    """The same when both were lost since we learned of them."""

    def opened(self, dispute_id: str) -> None:
        disputes.look(dispute_id, gateway=self.gateway, now=RUN_AT)
        self.stripe.control("POST", f"disputes/{dispute_id}/close", {"status": "lost"})
