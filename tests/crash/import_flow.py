"""A day's look at Stripe, with a payout, a fee and a difference, killed while it looks."""

from __future__ import annotations

from datetime import date

from billing.models import BalanceTransaction, Payout, ReconcileBreak, ReconcileRun, StrayIntent
from billing.reconciling import reconciling
from billing.runs import run
from tests.crash.flow import Flow, Picture, Way
from tests.crash.pictured import doctors_findings, rows_and_books
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.world import BEFORE_ALL, RUN_AT

SHOWN: dict[type, tuple[str, ...]] = {
    BalanceTransaction: ("kind", "amount_cents", "fee_cents", "booked_on"),
    Payout: ("state", "amount_cents", "booked_on"),
    ReconcileBreak: ("kind", "theirs_cents", "resolved_at"),
    ReconcileRun: ("business_date", "charges", "payouts", "breaks", "seen_until"),
    StrayIntent: ("amount_cents", "adopted_at"),
}


class ImportFlow(Flow):
    """Two members were charged a week ago and paid out; a third charge is nobody's."""

    slow = ""

    def build(self) -> None:
        now, shop, gateway = BEFORE_ALL, open_shop(), self.gateway
        for who in ("ana", "ben"):
            member_id = join(who, shop, now)
            put_card(member_id, stripe=self.stripe, gateway=gateway, now=now)
            begin_plan(member_id, shop.two, shop, now)
        run.bill(shop.sea, on=date(2027, 1, 4))
        forget_starters()
        self.stripe.control("POST", "clock", {"now": RUN_AT.isoformat()})
        self.stripe.control("POST", "payouts")
        self._charge_a_stranger()

    def act(self) -> None:
        reconciling.work()

    def recover(self, way: Way) -> None:
        reconciling.work()

    def complaints(self) -> list[str]:
        """Not what Stripe tells: the stranger's charge is a difference, and meant to be one."""
        return doctors_findings()

    def picture(self, way: Way) -> Picture:
        return rows_and_books(SHOWN)

    def _charge_a_stranger(self) -> None:
        gateway = self.gateway
        customer = gateway.create_customer(key="cu:x", email="x@studio.example", metadata={})
        card = self.stripe.control("POST", "cards", {"customer": customer, "token": "pm_card_visa"})
        intent = gateway.create_intent(
            key="pi:x", customer_id=customer, amount_cents=4200, currency="USD", metadata={}
        )
        gateway.confirm_intent(intent.id, key="cf:x", payment_method_id=card["id"])
