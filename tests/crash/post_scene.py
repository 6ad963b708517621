"""What happened at Stripe before a bag of letters arrives.

Ana was charged, and the answer was lost. Ben has paid on a page and never came back. Cia entered
another card for a week that is owed. Dan disputes a payment; a refund of Eve's has left.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from billing.cards import cards
from billing.gateway import Gateway
from billing.models import Invoice, Payment, Refund, StripeCustomer
from billing.payments import hosted
from billing.refunds import refund_grants, refund_sends
from billing.refunds.refund_grants import Wish
from billing.refunds.refund_terms import Terms
from billing.runs import run
from billing.sales import sales
from config.audit import SYSTEM
from config.db import db, run_txn, transaction
from membership.models import Member
from stripe_sandbox.launch import Running
from tests.crash.refund_flow import OWNER
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.world import BEFORE_ALL, RUN_AT

FIRST_WEEK, SECOND_WEEK = date(2027, 1, 4), date(2027, 1, 11)
GOODWILL = Terms("goodwill", "card", (), 2000)


class Scene:
    """Five members of Seattle."""

    def __init__(self, stripe: Running, gateway: Gateway) -> None:
        self._stripe = stripe
        self._gateway = gateway
        self._shop = open_shop()

    def begin(self) -> None:
        """All but Ben are on a plan and have paid a week; he has only joined."""
        join("ben", self._shop, BEFORE_ALL)
        for who in ("ana", "cia", "dan", "eve"):
            member_id = join(who, self._shop, BEFORE_ALL)
            put_card(member_id, stripe=self._stripe, gateway=self._gateway, now=BEFORE_ALL)
            begin_plan(member_id, self._shop.two, self._shop, BEFORE_ALL)
        run.bill(self._shop.sea, on=FIRST_WEEK)
        forget_starters()

    def happen(self) -> None:
        """What the letters are about."""
        self._give_back("eve")
        self._bill_another_week(declines="cia")
        self._pay_on_a_page("ben")
        self._enter_another_card("cia")
        self._stripe.control("POST", "disputes", {"charge": _first(Payment.charge_id, "dan")})

    def _give_back(self, who: str) -> None:
        """20.00, which Stripe had to wait for and then sent."""
        wish = Wish(_first(Invoice.id, who), GOODWILL, 2000, "cold", UUID(int=7))
        run_txn(
            lambda: refund_grants.grant(wish, asked_by=None, grants=OWNER, by=SYSTEM, now=RUN_AT)
        )
        self._stripe.control("POST", "refunds/hold", {"times": 1})
        refund_sends.work()
        refund_id = db.session.scalars(sa.select(Refund.stripe_id)).one()
        db.session.rollback()
        self._stripe.control("POST", f"refunds/{refund_id}/settle", {})

    def _bill_another_week(self, *, declines: str) -> None:
        """Ana's is the first to be charged, and the answer is lost twice."""
        card = _first(StripeCustomer.payment_method_id, declines)
        steps = [{"outcome": "insufficient_funds"}]
        self._stripe.control("POST", "scripts", {"payment_method": card, "steps": steps})
        lost = {"endpoint": "payment_intents.confirm", "kind": "500_after", "times": 2}
        self._stripe.control("POST", "faults", lost)
        outcomes = run.bill(self._shop.sea, on=SECOND_WEEK).outcomes
        assert outcomes == {"succeeded": 2, "unknown": 1, "failed": 1}
        self._stripe.control("DELETE", "faults")

    def _pay_on_a_page(self, who: str) -> None:
        member_id = _first(Member.id, who)
        with transaction():
            placed = sales.place_pack(
                member_id=member_id,
                pack_version_id=self._shop.starter,
                location_id=self._shop.sea.id,
                now=RUN_AT,
            )
        url = hosted.open_page(placed.attempt_id, gateway=self._gateway, now=RUN_AT)
        self._stripe.control("POST", f"checkout/{url.rpartition('/')[2]}/pay")

    def _enter_another_card(self, who: str) -> None:
        url = cards.update_url(
            _first(Member.id, who), location=self._shop.sea, gateway=self._gateway, now=RUN_AT
        )
        token = {"token": "pm_card_mastercard"}
        self._stripe.control("POST", f"checkout/{url.rpartition('/')[2]}/complete_setup", token)


def _first(column: InstrumentedAttribute[Any], who: str) -> Any:
    """This column of the member's first row."""
    path: dict[type, tuple[Any, ...]] = {
        Member: (),
        Invoice: (Invoice.member_id == Member.id,),
        StripeCustomer: (StripeCustomer.member_id == Member.id,),
        Payment: (Payment.invoice_id == Invoice.id, Invoice.member_id == Member.id),
    }
    query = sa.select(column).where(Member.name == who, *path[column.class_])
    found = db.session.scalars(
        query.order_by(*sa.inspect(column.class_).primary_key).limit(1)
    ).one()
    db.session.rollback()
    return found
