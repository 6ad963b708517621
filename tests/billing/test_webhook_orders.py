"""Every letter of two sales and a lost dispute, three days late, in any order and twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from stripe import StripeClient
from werkzeug.test import TestResponse

from billing.gateway import Gateway
from billing.letters.letters import open_waiting
from billing.models import Dispute, Parked, Payment, WebhookEvent
from billing.sales import checkout
from config.clock import SimulatedClock
from config.db import db, transaction
from config.models import OutboxMessage
from membership.models import MemberPack
from membership.people import members
from stripe_sandbox.launch import Running
from tests.billing.price_list import Studio

THREE_DAYS = timedelta(days=3)
KINDS = {"checkout.session.completed", "charge.dispute.created", "charge.dispute.closed"}


def as_sent(letters: list[Any]) -> list[Any]:
    return letters


def backwards(letters: list[Any]) -> list[Any]:
    return letters[::-1]


def from_the_middle(letters: list[Any]) -> list[Any]:
    half = len(letters) // 2
    return [one for pair in zip(letters[half:], letters[:half], strict=False) for one in pair]


@pytest.fixture
def letters(
    studio: Studio, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> list[dict[str, Any]]:
    """What Stripe has to tell, oldest first: nobody here knows of more than two open pages."""
    charges = [_paid_at_stripe(who, studio, gateway, stripe, clock) for who in ("ana", "ben")]
    opened = stripe.control("POST", "disputes", {"charge": charges[0]})
    stripe.control("POST", f"disputes/{opened['id']}/close", {"status": "lost"})
    client = StripeClient(stripe.api_key, base_addresses={"api": stripe.url})
    told = [one.to_dict() for one in client.v1.events.list({"limit": 100}).data][::-1]
    assert {one["type"] for one in told} >= KINDS
    return told


@pytest.mark.parametrize("order", [as_sent, backwards, from_the_middle])
def test_letters_that_were_held_up_for_three_days_tell_the_same_in_any_order(
    order: Callable[[list[Any]], list[Any]],
    letters: list[dict[str, Any]],
    app: Flask,
    post: Callable[..., TestResponse],
    gateway: Gateway,
    stripe: Running,
    clock: SimulatedClock,
) -> None:
    later = clock.advance(THREE_DAYS)
    stripe.control("POST", "clock", {"now": later.isoformat()})
    for letter in (*order(letters), *letters):
        assert post(json.dumps(letter, default=str).encode()).status_code == 200
    for _ in range(4):  # a letter about a charge that we do not know yet waits for its turn
        open_waiting(clock.now(), 100, gateway)
        clock.advance(timedelta(hours=12))
    db.session.expire_all()
    assert _all(sa.select(Payment.amount_cents)) == [10925, 10925]
    assert _all(sa.select(Dispute.state)) == ["lost"]
    assert len(_all(sa.select(MemberPack.id).where(MemberPack.disputed_on.is_not(None)))) == 1
    receipts = sa.select(OutboxMessage.to_address).where(OutboxMessage.template == "receipt")
    assert _all(receipts) == ["ana@members.example", "ben@members.example"]
    assert set(_all(sa.select(WebhookEvent.state))) == {"done"}
    assert _all(sa.select(Parked.id).where(Parked.resolved_at.is_(None))) == []
    doctor = app.extensions["taper.doctor"]
    assert [f.violations for f in doctor.examine() if f.violations] == []


def _paid_at_stripe(
    who: str, studio: Studio, gateway: Gateway, stripe: Running, clock: SimulatedClock
) -> str:
    """The charge of a starter that was paid on Stripe's page, which nobody came back from."""
    with transaction():
        member = members.register(
            account_id=None,
            name=who,
            email=f"{who}@members.example",
            phone=None,
            home_id=studio.sea.id,
            now=clock.now(),
        )
    page = checkout.sell_pack(
        member_id=member.id,
        pack_version_id=studio.starter,
        location_id=studio.sea.id,
        gateway=gateway,
        now=clock.now(),
    )
    paid = stripe.control("POST", f"checkout/{page.rpartition('/')[2]}/pay")
    return str(gateway.retrieve_intent(paid["payment_intent"]).charge_id)


def _all(query: sa.Select[Any]) -> list[Any]:
    return sorted(db.session.scalars(query))
