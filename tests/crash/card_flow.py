"""Members who owe something enter another card, and it pays at once, while somebody kills us.

Ana's card was declined; Bea's bank wanted to hear her, so that her old try has to end first.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from billing.cards import cards
from billing.models import (
    CardSetup,
    Dunning,
    Invoice,
    Payment,
    PaymentAttempt,
    StripeCustomer,
)
from billing.payments import collect, janitor
from billing.runs import run
from config import clock
from config.db import db
from locations import places
from membership.models import Member, Membership
from tests.crash.flow import Flow, Picture, Way
from tests.crash.letters import bring_letters, charged, client_of
from tests.crash.pictured import rows_and_books
from tests.crash.renewal_flow import LEASE_MS
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.world import BEFORE_ALL, RUN_AT

SHOWN: dict[type, tuple[str, ...]] = {
    StripeCustomer: ("card_brand", "card_last4", "card_refused_code"),
    Invoice: ("reason", "number", "state", "paid_cents"),
    PaymentAttempt: ("n", "state", "decline_code"),
    Payment: ("tender", "amount_cents"),
    Membership: ("status", "next_due_on"),
    Dunning: ("state", "tries"),
}


class CardFlow(Flow):
    """Two new cards, one after the other."""

    slow = r"payment_intents"

    def build(self) -> None:
        now, shop = BEFORE_ALL, open_shop()
        for who, answers in (("ana", "insufficient_funds"), ("bea", "authentication_required")):
            member_id = join(who, shop, now)
            put_card(member_id, stripe=self.stripe, gateway=self.gateway, now=now)
            begin_plan(member_id, shop.two, shop, now)
            card_id = db.session.scalars(
                sa.select(StripeCustomer.payment_method_id).where(
                    StripeCustomer.member_id == member_id
                )
            ).one()
            second = [{"outcome": "approved", "times": 1}, {"outcome": answers}]
            self.stripe.control("POST", "scripts", {"payment_method": card_id, "steps": second})
        run.bill(shop.sea, on=date(2027, 1, 4))
        forget_starters()
        self.move(BEFORE_ALL + timedelta(days=7))
        assert run.bill(shop.sea, on=date(2027, 1, 11)).outcomes["succeeded"] == 0

    def act(self) -> None:
        for member_id in self._members():
            self._enter(member_id)

    def recover(self, way: Way) -> None:
        if way.keys_forgotten:
            self.move(clock.now() + timedelta(hours=25))
        if way.letters_first:
            bring_letters(self.stripe)
        for member_id in self._members():
            entered = self._entered(member_id)
            if entered is None:
                self._enter(member_id)
            else:
                cards.finish_setup(entered, gateway=self.gateway, now=clock.now())
        for _ in range(3):
            self.leases.advance(LEASE_MS * 40)
            janitor.look()
            collect.collect_ready()

    def picture(self, way: Way) -> Picture:
        told = rows_and_books(SHOWN)
        told["at Stripe"] = charged(self.stripe)
        used = sa.select(sa.func.count()).where(CardSetup.state == "done")
        told["cards entered"] = [str(db.session.scalar(used))]
        return told

    def _enter(self, member_id: UUID) -> None:
        sea = places.find("sea")
        url = cards.update_url(member_id, location=sea, gateway=self.gateway, now=clock.now())
        session_id = url.rpartition("/")[2]
        token = {"token": "pm_card_mastercard"}
        self.stripe.control("POST", f"checkout/{session_id}/complete_setup", token)
        cards.finish_setup(session_id, gateway=self.gateway, now=clock.now())

    def _entered(self, member_id: UUID) -> str | None:
        """The page on which this member entered a card since the eve, as Stripe knows it."""
        since = {"created": {"gte": int(RUN_AT.timestamp())}, "limit": 100}
        found = client_of(self.stripe).v1.checkout.sessions.list(since).data
        for one in found:
            if one.status == "complete" and one.metadata["member"] == str(member_id):
                return one.id
        return None

    @staticmethod
    def _members() -> list[UUID]:
        found = list(db.session.scalars(sa.select(Member.id).order_by(Member.name)))
        db.session.rollback()
        return found
