"""Letters of Stripe about all that happened, delivered newest first and opened, while somebody
kills the process; then Stripe delivers each of them again, in another order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import stripe as sdk
from flask import current_app

from billing.letters import letters
from billing.models import (
    CardSetup,
    Dispute,
    Invoice,
    Payment,
    PaymentAttempt,
    Refund,
    StripeCustomer,
    WebhookEvent,
)
from billing.payments import collect, janitor
from billing.refunds import refund_sends
from config import clock
from config.db import db
from membership.models import CreditGrant, MemberPack, Membership
from tests.crash.flow import Flow, Picture, Way
from tests.crash.letters import charged, client_of
from tests.crash.pictured import rows_and_books
from tests.crash.post_scene import Scene
from tests.crash.renewal_flow import LEASE_MS
from tests.crash.world import RUN_AT
from tests.support.databases import WEBHOOK_SECRET

SHOWN: dict[type, tuple[str, ...]] = {
    WebhookEvent: ("type", "state", "error"),
    StripeCustomer: ("card_brand", "card_last4", "card_refused_code"),
    Invoice: ("reason", "number", "state", "paid_cents", "credited_cents"),
    PaymentAttempt: ("n", "state", "decline_code"),
    Payment: ("tender", "amount_cents", "refunded_cents"),
    Refund: ("tender", "state", "amount_cents", "finished_on"),
    Dispute: ("state", "amount_cents"),
    Membership: ("status", "next_due_on", "disputed_on"),
    MemberPack: ("state",),
    CreditGrant: ("product", "state", "remaining", "remaining_cents"),
}
NO_NEWS = ("payment_intent.created", "customer.", "setup_intent.", "payment_method.")
ABOUT = {"payment_intent", "charge", "checkout.session", "dispute", "refund"}
HOURS = (1, 12, 48)


class PostFlow(Flow):
    """A bag of letters, none of which has been seen before."""

    slow = ""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._bag: list[str] = []

    def build(self) -> None:
        scene = Scene(self.stripe, self.gateway)
        scene.begin()
        self.move(RUN_AT)
        scene.happen()
        self._bag = self._written()

    def act(self) -> None:
        self._deliver(reversed(self._bag))
        letters.open_waiting(clock.now(), 100, self.gateway)

    def recover(self, way: Way) -> None:
        """Stripe writes again; the jobs come after the letters, or had come before them."""
        if not way.letters_first:
            self._jobs()
        self._deliver(self._bag)
        for hours in HOURS:
            later = clock.now() + timedelta(hours=hours)
            letters.open_waiting(later, 100, self.gateway)
            self._jobs()

    def _jobs(self) -> None:
        self.leases.advance(LEASE_MS * 40)
        janitor.look()
        refund_sends.work()
        collect.collect_ready()

    def picture(self, way: Way) -> Picture:
        told = rows_and_books(SHOWN)
        told["at Stripe"] = charged(self.stripe)
        used = sa.select(sa.func.count()).where(CardSetup.state == "done")
        told["cards entered"] = [str(db.session.scalar(used))]
        return told

    def _deliver(self, bodies: Iterable[str]) -> None:
        """As Stripe does: signed, through the letter-box."""
        letter_box = current_app.test_client()
        stamp = int(clock.now().timestamp())
        for body in bodies:
            signed = sdk.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, stamp)
            answer = letter_box.post(
                "/webhooks/stripe", data=body.encode(), headers={"Stripe-Signature": signed}
            )
            assert answer.status_code == 200, answer.text

    def _written(self) -> list[str]:
        """Every letter since the eve that has something to tell, oldest first."""
        listed = client_of(self.stripe).v1.events.list(
            {"created": {"gte": int(RUN_AT.timestamp())}, "limit": 100}
        )
        news = [one for one in listed.auto_paging_iter() if not one.type.startswith(NO_NEWS)]
        assert {one.data.object["object"] for one in news} >= ABOUT
        return [json.dumps(one.to_dict(), default=str) for one in reversed(news)]
