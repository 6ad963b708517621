"""Errands to Stripe besides a charge without the member: each names the call that is struck.

An errand is prepared while all is well, tried while its call is struck, and tried again, by the
member or by the jobs, once Stripe is back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
import stripe as sdk
from flask import Flask

from billing.gateway import Gateway, OutcomeUnknown, Throttled
from billing.models import Invoice, Payment, PaymentAttempt, PaymentIntent, StripeCustomer
from billing.payments import collect
from billing.sales import checkout
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from config.errors import Unavailable
from stripe_sandbox.launch import Running
from tests.crash.shop import Shop, join

SILENCE = (OutcomeUnknown, Throttled, Unavailable)
HOUR_MS = 3_600_000
PACK_CENTS, WEEK_CENTS = 10925, 8718


class Errand(ABC):
    """One errand of one member; a fresh one for each fault.

    `endpoint` is the call that is struck, `skip` how many of them go well before; `within` is how
    long it may take to end well once Stripe is back.
    """

    endpoint: str
    skip = 0
    within = timedelta(minutes=2)

    def __init__(
        self,
        app: Flask,
        shop: Shop,
        *,
        stripe: Running,
        clock: SimulatedClock,
        leases: ManualLeaseClock,
    ) -> None:
        self._app = app
        self.stripe = stripe
        self.clock = clock
        self.leases = leases
        self.shop = shop
        self.member_id: UUID

    @property
    def gateway(self) -> Gateway:
        """The door as it is now: patient, or not."""
        return collect.collecting().gateway

    def wait(self, seconds: float) -> None:
        """From now on nobody waits longer than this for Stripe."""
        door = Gateway(api_key=self.stripe.api_key, api_base=self.stripe.url, timeout_s=seconds)
        held = self._app.extensions["taper.collecting"]
        self._app.extensions["taper.collecting"] = replace(held, gateway=door)

    def pass_time(self, by: timedelta) -> None:
        """For us and for Stripe; whatever was leased is free again."""
        now = self.clock.advance(by)
        self.stripe.control("POST", "clock", {"now": now.isoformat()})
        self.leases.advance(24 * HOUR_MS)

    def prepare(self, who: str) -> None:
        """A member of this name, up to the errand."""
        self.member_id = join(who, self.shop, self.clock.now())

    @abstractmethod
    def go(self) -> None:
        """Try; silence is one of SILENCE, or nothing at all."""

    def again(self) -> None:
        """What member and jobs do when Stripe is back; done more than once."""
        self.go()

    @abstractmethod
    def is_done(self) -> bool:
        """Whether it is settled, as it was meant."""


def page(errand: Errand) -> str:
    """A starter's card page, opened for the errand's member."""
    return checkout.sell_pack(
        member_id=errand.member_id,
        pack_version_id=errand.shop.starter,
        location_id=errand.shop.sea.id,
        gateway=errand.gateway,
        now=errand.clock.now(),
    )


def pages(member_id: UUID) -> list[str]:
    """Pages that may still be paid on, or whose payment nobody has looked at."""
    query = (
        sa.select(PaymentIntent.session_id)
        .join(PaymentAttempt, PaymentAttempt.intent_id == PaymentIntent.id)
        .join(Invoice, Invoice.id == PaymentIntent.invoice_id)
        .where(
            Invoice.member_id == member_id,
            PaymentIntent.session_id.is_not(None),
            PaymentAttempt.state == "action",
        )
    )
    found = list(db.session.scalars(query))
    db.session.rollback()
    return [str(one) for one in found]


def paid(member_id: UUID) -> list[int]:
    """What we say that a member has paid, in cents."""
    query = sa.select(Payment.amount_cents).join(Invoice, Invoice.id == Payment.invoice_id)
    found = list(db.session.scalars(query.where(Invoice.member_id == member_id)))
    db.session.rollback()
    return found


def taken(stripe: Running, member_id: UUID) -> int:
    """How many charges of a member succeeded, as Stripe says."""
    customer = sa.select(StripeCustomer.customer_id).where(StripeCustomer.member_id == member_id)
    found = list(db.session.scalars(customer))
    db.session.rollback()
    charges = sdk.StripeClient(stripe.api_key, base_addresses={"api": stripe.url}).v1.charges
    return sum(
        charge.status == "succeeded" for one in found for charge in charges.list({"customer": one})
    )
