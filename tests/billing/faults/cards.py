"""Errands of a week that is owed: another card, a page of its own, a bank that asks."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import sqlalchemy as sa

from billing.cards import cards
from billing.models import CardSetup, Invoice, PaymentIntent
from billing.payments import collect, confirmations, hosted, janitor, open_invoices
from billing.runs import run
from config.db import db
from config.errors import Refused
from locations import places
from tests.billing.faults.errands import WEEK_CENTS, Errand, pages, paid
from tests.crash.shop import begin_plan, forget_starters, put_card


class EnterCard(Errand):
    """A week was declined; another card is entered on Stripe's page, and pays it."""

    endpoint = "checkout.sessions.create"
    answer = "insufficient_funds"

    def prepare(self, who: str) -> None:
        super().prepare(who)
        customer_id = put_card(
            self.member_id, stripe=self.stripe, gateway=self.gateway, now=self.clock.now()
        )
        steps = [{"outcome": self.answer, "times": 1}]
        self.stripe.control("POST", "scripts", {"customer": customer_id, "steps": steps})
        begin_plan(self.member_id, self.shop.two, self.shop, self.clock.now())
        run.bill(self.shop.sea, on=places.business_date(self.shop.sea, self.clock.now()))
        forget_starters()

    def go(self) -> None:
        entered = self._entered()
        if entered is None:
            entered = self._enter()
        cards.finish_setup(entered, gateway=self.gateway, now=self.clock.now())

    def again(self) -> None:
        self.go()
        janitor.look()
        collect.collect_ready()

    def is_done(self) -> bool:
        return paid(self.member_id) == [WEEK_CENTS]

    def _enter(self) -> str:
        url = cards.update_url(
            self.member_id, location=self.shop.sea, gateway=self.gateway, now=self.clock.now()
        )
        session_id = url.rpartition("/")[2]
        token = {"token": "pm_card_mastercard"}
        self.stripe.control("POST", f"checkout/{session_id}/complete_setup", token)
        return session_id

    def _entered(self) -> str | None:
        query = sa.select(CardSetup.session_id).where(CardSetup.member_id == self.member_id)
        found = db.session.scalars(query.where(CardSetup.session_id.is_not(None))).first()
        db.session.rollback()
        return found


class UseCard(EnterCard):
    """The card was entered, and what became of that is asked for."""

    endpoint = "checkout.sessions.retrieve"

    def prepare(self, who: str) -> None:
        super().prepare(who)
        self._enter()


class UseCardInstead(UseCard):
    """The bank wanted to hear the member; another card is there, and the old try has to end."""

    endpoint = "payment_intents.cancel"
    answer = "authentication_required"


class PayOnPage(EnterCard):
    """The same invoice on a page of its own: what was tried without the member ends first."""

    endpoint = "payment_intents.cancel"

    def go(self) -> None:
        for session_id in pages(self.member_id):
            hosted.finish(session_id, gateway=self.gateway, now=self.clock.now())
        with suppress(Refused):
            url = open_invoices.pay_page(
                _invoice(self.member_id), gateway=self.gateway, now=self.clock.now()
            )
            self.stripe.control("POST", f"checkout/{url.rpartition('/')[2]}/pay")
        for session_id in pages(self.member_id):
            hosted.finish(session_id, gateway=self.gateway, now=self.clock.now())


class Confirm(EnterCard):
    """The bank wanted to hear the member, who goes to its page and says yes."""

    endpoint = "payment_intents.confirm"
    answer = "authentication_required"

    def go(self) -> None:
        with suppress(Refused):
            invoice_id = _invoice(self.member_id)
            url = confirmations.begin(invoice_id, gateway=self.gateway, now=self.clock.now())
            if url is not None:
                intent_id = _intent(invoice_id)
                path = f"payment_intents/{intent_id}/authenticate"
                self.stripe.control("POST", path, {"result": "complete"})
            confirmations.look(invoice_id, gateway=self.gateway, now=self.clock.now())


class LookWhetherConfirmed(Confirm):
    """The same where the intent cannot be seen."""

    endpoint = "payment_intents.retrieve"


def _invoice(member_id: UUID) -> UUID:
    found = db.session.scalars(sa.select(Invoice.id).where(Invoice.member_id == member_id)).one()
    db.session.rollback()
    return found


def _intent(invoice_id: UUID) -> str:
    query = sa.select(PaymentIntent.stripe_id).where(PaymentIntent.invoice_id == invoice_id)
    found = db.session.scalars(query).one()
    db.session.rollback()
    return str(found)
