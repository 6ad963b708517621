"""The world the group lives in: one calendar for us and for Stripe's stand-in, and a letter-box.

The application is the whole one. Its clock and the stand-in's move together; the stand-in runs
as a process of its own and brings its letters over HTTP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from billing.gateway import Gateway
from billing.letters.letters import open_waiting
from billing.models import StripeCustomer
from billing.payments import hosted
from billing.payments.collect import collecting
from config import migrations
from config.clock import SimulatedClock
from config.db import db
from config.secret import Secret
from config.settings import Settings
from config.settings_loading import load
from demo import letter_box
from stripe_sandbox.launch import Running, launch

CreateApp = Callable[..., Flask]
WEBHOOK_SECRET = "whsec_demo"  # noqa: S105 - known to the demo and its stand-in alone
LETTERS = 500
LIFTED = 1_000_000
# What an installation subscribes to at Stripe: everything that can end a payment or a page.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.refunded",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_reinstated",
)


@dataclass
class World:
    """A running application, the stand-in for Stripe beside it, and the clock that moves both."""

    app: Flask
    clock: SimulatedClock
    _stripe: Running
    _stripe_stands_at: datetime | None = None

    @property
    def now(self) -> datetime:
        """The instant it is."""
        return self.clock.now()

    @property
    def stripe(self) -> Running:
        """The stand-in, at our instant."""
        self.meet()
        return self._stripe

    @property
    def gateway(self) -> Gateway:
        """The application's own door to it, at the same instant on both sides."""
        self.meet()
        return collecting().gateway

    def meet(self) -> None:
        """Bring the stand-in's clock to ours; pages nobody paid on expire on the way."""
        if self._stripe_stands_at != self.now:
            self._stripe.control("POST", "clock", {"now": self.now.isoformat()})
            self._stripe_stands_at = self.now

    def go(self, instant: datetime) -> None:
        """Move our clock; Stripe's follows when somebody next has to do with it."""
        self.clock.set(instant)

    def pay(self, page: str, *, token: str = "pm_card_visa", returns: bool = True) -> None:  # noqa: S107
        """Fill in the hosted page; who closes the tab does not return, and a letter tells us."""
        session_id = session_of(page)
        self.stripe.control("POST", f"checkout/{session_id}/pay", {"token": token})
        if returns:
            hosted.finish(session_id, gateway=self.gateway, now=self.now)

    def letters(self) -> Counter[str]:
        """Have the stand-in bring what it has to say, then open it."""
        self.stripe.control("POST", "webhooks/flush")
        return open_waiting(self.now, LETTERS, self.gateway)

    def script(self, member_id: Any, steps: list[dict[str, Any]], *, card_only: bool) -> None:
        """How a member's bank will answer: on the card they have now, or whatever they use."""
        row = db.session.execute(
            sa.select(StripeCustomer.customer_id, StripeCustomer.payment_method_id).where(
                StripeCustomer.member_id == member_id
            )
        ).one()
        owner = (
            {"payment_method": row.payment_method_id}
            if card_only
            else {"customer": row.customer_id}
        )
        self.stripe.control("POST", "scripts", {**owner, "steps": steps})


def session_of(page: str) -> str:
    """The session whose hosted page has this address."""
    return page.rpartition("/")[2]


@contextmanager
def world(create_app: CreateApp, *, folder: Path, port: int, begins: datetime) -> Iterator[World]:
    """An application on a new database under `folder`; gone is only its letter-box afterwards.

    The stand-in runs on: the caller stops it. Port 0 takes any that is free; Unavailable where
    the port is taken.
    """
    with letter_box.listening(port) as box:
        stripe = launch(db=folder / "stripe.sqlite3", now=begins, webhook_secret=WEBHOOK_SECRET)
        try:
            settings = settings_for(
                folder,
                port=box.server_port,
                stripe=stripe,
                log_level="error",
                charge_threads=1,
                stripe_rate_per_endpoint=LIFTED,
                stripe_rate_total=LIFTED,
            )
            clock = SimulatedClock(begins)
            app = create_app(settings, clock=clock)
            box.set_app(app)
            _subscribe(stripe, settings)
            with app.app_context():
                _write_through_later()
                migrations.upgrade()
                yield World(app, clock, stripe)
                db.session.remove()
                db.engine.dispose()
        except BaseException:
            stripe.stop()
            raise


def settings_for(folder: Path, *, port: int, stripe: Running, **more: Any) -> Settings:
    """Settings of the demo alone: nothing of the machine's own installation is touched."""
    given: dict[str, Any] = {
        "var_dir": folder,
        "host": letter_box.HOST,
        "port": port,
        "group_name": "Northwest Cold Rooms",
        "stripe_api_key": Secret(stripe.api_key),
        "stripe_api_base": stripe.url,
        "stripe_webhook_secrets": (Secret(WEBHOOK_SECRET),),
        "staff_second_factor": "offered",
        "mail_attaches": False,  # thousands of receipts, which nobody opens
    }
    return load({}, **(given | more))


def webhook_of(settings: Settings) -> str:
    """Where Stripe's letters go."""
    return f"{settings.base_url}/webhooks/stripe"


def _subscribe(stripe: Running, settings: Settings) -> None:
    # Brought when asked for, stamped by the calendar that both sides live by.
    stripe.control("POST", "webhooks", {"paused": True, "own_time": True})
    endpoint = {"url": webhook_of(settings), "secret": WEBHOOK_SECRET, "enabled_events": EVENTS}
    stripe.control("POST", "webhooks/endpoint", endpoint)
    stripe.control("POST", "payouts/schedule", {"every_days": 1})


def _write_through_later() -> None:
    """Do not wait for the disk: a demo that loses its power is built anew."""

    @event.listens_for(db.engine, "connect")
    def _soft(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")
