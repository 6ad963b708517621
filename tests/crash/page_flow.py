"""What a member buys on Stripe's page: a gift card, and a dearer plan from today on.

The process that opens the page, or settles it when the member comes back, is killed. Whoever has
not paid presses the button again; whoever has reloads the page, or Stripe's letter is there first.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import date, timedelta

import sqlalchemy as sa

from billing.gift_cards import gift_checkout
from billing.models import GiftCard, GiftCardEntry, Invoice, Payment, PaymentAttempt
from billing.payments import collect, hosted, janitor
from billing.plan_changes import changing
from billing.runs import run
from config import clock
from config.audit import SYSTEM
from config.db import db
from locations import places
from locations.models import Location
from membership.agreements.change_consents import Proof
from membership.changes import change_quotes
from membership.models import CreditGrant, Member, Membership, PlanChange
from tests.crash.flow import Flow, Picture, Way
from tests.crash.letters import bring_letters, charged, client_of
from tests.crash.paying import buy_starter
from tests.crash.pictured import rows_and_books
from tests.crash.renewal_flow import LEASE_MS
from tests.crash.shop import begin_plan, forget_starters, join, open_shop, put_card
from tests.crash.world import BEFORE_ALL, RUN_AT

NEVER_PAID = ("state=void", "state=draft", "state=failed", "state=dropped")


class PageFlow(Flow):
    """Ask for the page, pay there, come back. `shown` are the columns that are compared."""

    shown: Mapping[type, tuple[str, ...]]

    @abstractmethod
    def press(self) -> str:
        """Press the button; the address of Stripe's page."""

    def act(self) -> None:
        session_id = self.press().rpartition("/")[2]
        self.stripe.control("POST", f"checkout/{session_id}/pay", {"token": "pm_card_visa"})
        self._come_back(session_id)

    def recover(self, way: Way) -> None:
        if way.keys_forgotten:
            self.move(clock.now() + timedelta(hours=25))
        paid = self._paid()
        if way.letters_first:
            bring_letters(self.stripe)
        if paid is None:
            self.act()
        else:
            self._come_back(paid)
        for _ in range(3):
            self.leases.advance(LEASE_MS * 40)
            janitor.look()
            collect.collect_ready()

    def picture(self, way: Way) -> Picture:
        told = rows_and_books(self.shown)
        for name, lines in told.items():
            told[name] = [one for one in lines if not one.startswith(NEVER_PAID)]
        told["at Stripe"] = charged(self.stripe)
        return told

    def _paid(self) -> str | None:
        """The page that the member has paid on since the eve, as Stripe knows it."""
        since = {"created": {"gte": int(RUN_AT.timestamp())}, "limit": 100}
        found = client_of(self.stripe).v1.checkout.sessions.list(since).data
        return next((one.id for one in found if one.payment_status == "paid"), None)

    def _come_back(self, session_id: str) -> None:
        hosted.finish(session_id, gateway=self.gateway, now=clock.now())


class GiftCardFlow(PageFlow):
    """A card over 75.00 for somebody else."""

    slow = r"v1/checkout"
    shown = {
        GiftCard: ("state", "initial_cents", "recipient_email"),
        GiftCardEntry: ("kind", "amount_cents"),
        Invoice: ("state", "reason", "number", "total_cents", "paid_cents"),
        Payment: ("tender", "amount_cents"),
        PaymentAttempt: ("state", "kind"),
    }

    def build(self) -> None:
        now, shop = BEFORE_ALL, open_shop()
        who = join("ana", shop, now)
        buy_starter(who, shop, stripe=self.stripe, gateway=self.gateway, now=now)

    def press(self) -> str:
        return gift_checkout.sell(
            member_id=db.session.scalars(sa.select(Member.id)).one(),
            place=places.find("sea"),
            amount_cents=7500,
            recipient_name="Ben",
            recipient_email="ben@members.example",
            gateway=self.gateway,
            now=clock.now(),
        )


class PlanChangeFlow(PageFlow):
    """From two sessions a week to four, in the middle of a week, for the difference."""

    slow = ""  # a day later the difference is another one
    shown = {
        Membership: ("status", "price_cents", "next_n", "next_due_on", "period_end"),
        PlanChange: ("state", "kind", "effective_on"),
        CreditGrant: ("product", "state", "quantity", "remaining", "value_cents", "valid_until"),
        Invoice: ("state", "reason", "number", "total_cents", "paid_cents", "credited_cents"),
        Payment: ("tender", "amount_cents", "refunded_cents"),
        PaymentAttempt: ("state", "kind"),
    }

    def build(self) -> None:
        now, shop = BEFORE_ALL, open_shop()
        who = join("ana", shop, now)
        put_card(who, stripe=self.stripe, gateway=self.gateway, now=now)
        begin_plan(who, shop.two, shop, now)
        self._bill(shop.sea, date(2027, 1, 4))
        forget_starters()
        self.move(BEFORE_ALL + timedelta(days=7))
        self._bill(shop.sea, date(2027, 1, 11))

    def press(self) -> str:
        held = db.session.scalars(sa.select(Membership)).one()
        on = places.business_date(places.find("sea"), clock.now())
        wanted = next(
            one for one in change_quotes.targets(held, on=on) if one.price_cents == 13900
        ).plan_version_id
        words = change_quotes.quote(held, wanted, on=on).now_text
        assert words is not None, "this change may begin today"
        page = changing.change_now(
            held.id,
            to_version_id=wanted,
            proof=Proof(SYSTEM, words, "127.0.0.1", "a browser"),
            gateway=self.gateway,
            now=clock.now(),
        )
        assert page is not None, "this change costs something"
        return page

    @staticmethod
    def _bill(sea: Location, on: date) -> None:
        assert run.bill(sea, on=on).outcomes["succeeded"] == 1
