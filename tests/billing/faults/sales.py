"""Errands of a sale: it is made on Stripe's page, comes back, is paid out and reconciled."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from billing.cards import customers
from billing.models import BalanceTransaction, Payout
from billing.payments import hosted, janitor
from billing.reconciling import reconciling
from billing.sales import checkout
from config.db import db
from tests.billing.faults.errands import PACK_CENTS, Errand, page, pages, paid


class BuyPack(Errand):
    """Buy a starter: a customer, a page, a payment, a look at it."""

    endpoint = "customers.create"

    def go(self) -> None:
        if paid(self.member_id) or self._came_back():
            return
        url = checkout.sell_pack(
            member_id=self.member_id,
            pack_version_id=self.shop.starter,
            location_id=self.shop.sea.id,
            gateway=self.gateway,
            now=self.clock.now(),
        )
        self.stripe.control("POST", f"checkout/{url.rpartition('/')[2]}/pay")
        self._came_back()

    def is_done(self) -> bool:
        return paid(self.member_id) == [PACK_CENTS]

    def _came_back(self) -> bool:
        """The page return, where the member has paid: Stripe sends nobody back who has not."""
        for session_id in pages(self.member_id):
            if self.gateway.retrieve_session(session_id).payment_status == "paid":
                hosted.finish(session_id, gateway=self.gateway, now=self.clock.now())
                return True
        return False


class OpenPage(BuyPack):
    """The same where the customer is known and the page cannot be had."""

    endpoint = "checkout.sessions.create"

    def prepare(self, who: str) -> None:
        super().prepare(who)
        customers.customer_for(
            self.member_id,
            stripe_account="default",
            gateway=self.gateway,
            now=self.clock.now(),
        )


class ComeBack(Errand):
    """A page was paid; the member comes back, and later the janitor looks."""

    endpoint = "checkout.sessions.retrieve"

    def prepare(self, who: str) -> None:
        super().prepare(who)
        url = page(self)
        self._session_id = url.rpartition("/")[2]
        self.stripe.control("POST", f"checkout/{self._session_id}/pay")

    def go(self) -> None:
        hosted.finish(self._session_id, gateway=self.gateway, now=self.clock.now())

    def again(self) -> None:
        janitor.look()

    def is_done(self) -> bool:
        return paid(self.member_id) == [PACK_CENTS]


class ChangeMind(BuyPack):
    """A page is open and left; before another opens, the first one must close."""

    endpoint = "checkout.sessions.expire"

    def prepare(self, who: str) -> None:
        super().prepare(who)
        self._first = page(self).rpartition("/")[2]

    def is_done(self) -> bool:
        first = self.gateway.retrieve_session(self._first)
        return super().is_done() and first.status == "expired"


class Reconcile(Errand):
    """The daily look at what moved, after a sale that was paid out."""

    endpoint = "payment_intents.list"

    def prepare(self, who: str) -> None:
        super().prepare(who)
        session_id = page(self).rpartition("/")[2]
        self.stripe.control("POST", f"checkout/{session_id}/pay")
        hosted.finish(session_id, gateway=self.gateway, now=self.clock.now())
        self.pass_time(timedelta(days=3))
        self._payout_id = self.stripe.control("POST", "payouts")["id"]

    def go(self) -> None:
        reconciling.work()

    def is_done(self) -> bool:
        booked = sa.select(Payout.booked_on).where(Payout.stripe_id == self._payout_id)
        days = list(db.session.scalars(booked))
        unbooked = sa.select(sa.func.count()).where(BalanceTransaction.booked_on.is_(None))
        left = db.session.scalar(unbooked)
        db.session.rollback()
        return len(days) == 1 and days[0] is not None and left == 0


class ListMoves(Reconcile):
    """The same where the movements cannot be listed."""

    endpoint = "balance_transactions.list"


class ListMakeUp(Reconcile):
    """The same where nothing tells what the payout is made of."""

    endpoint = "balance_transactions.list"
    skip = 1


class ListPayouts(Reconcile):
    """The same where the payouts cannot be listed."""

    endpoint = "payouts.list"
