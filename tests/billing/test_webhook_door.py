"""What Stripe did not sign is refused at the door, and what is not for us is set aside."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from billing.gateway import Gateway
from billing.models import Parked, WebhookEvent
from config.clock import SimulatedClock
from config.db import db
from tests.billing.letters import count, letter, signed


def test_live_letter_to_a_test_studio_is_kept_and_parked(
    app: Flask, post: Callable[..., TestResponse], gateway: Gateway, clock: SimulatedClock
) -> None:
    assert post(letter("payment_intent.succeeded", "pi_1", live=True)).status_code == 200
    assert db.session.scalars(sa.select(WebhookEvent.state)).one() == "parked"
    assert db.session.scalars(sa.select(Parked.code)).one() == "wrong_mode"


@pytest.mark.parametrize(
    "signature", ["", "t=1,v1=00", "nonsense", "t=now,v1=zz", "v1=" + "0" * 64]
)
def test_unsigned_letter_is_refused_and_not_kept(
    app: Flask, post: Callable[..., TestResponse], signature: str
) -> None:
    assert post(letter("payment_intent.succeeded", "pi_1"), signature).status_code == 400
    assert count(WebhookEvent) == 0


@pytest.mark.parametrize("hours", [-1, 1])
def test_signature_of_another_hour_is_refused(
    app: Flask, post: Callable[..., TestResponse], clock: SimulatedClock, hours: int
) -> None:
    body = json.dumps(letter("payment_intent.succeeded", "pi_1")).encode()
    old = signed(body, clock.now() + timedelta(hours=hours))
    assert post(body, old).status_code == 400
    assert count(WebhookEvent) == 0


@pytest.mark.parametrize("body", [b"[]", b"{}", b'"x"', b'{"id": 1}', b"null"])
def test_signed_nonsense_is_refused(
    app: Flask, post: Callable[..., TestResponse], body: bytes
) -> None:
    assert post(body).status_code == 400
    assert count(WebhookEvent) == 0


def test_bytes_that_are_no_text_are_refused(app: Flask, post: Callable[..., TestResponse]) -> None:
    assert post(b"\xff\xfe{}", "t=1,v1=00").status_code == 400


def test_letter_of_a_megabyte_is_too_long(app: Flask, post: Callable[..., TestResponse]) -> None:
    assert post(b"x" * 1_000_000, "t=1,v1=00").status_code == 413
    assert count(WebhookEvent) == 0
