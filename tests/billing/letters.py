"""Letters as Stripe posts them: what they say, how they are signed, and how they are opened."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from stripe import WebhookSignature
from werkzeug.test import TestResponse

from billing.gateway import Gateway
from billing.letters import letters
from config.clock import SimulatedClock
from config.db import db
from tests.support.databases import WEBHOOK_SECRET

Letter = dict[str, Any]


def letter(
    kind: str,
    object_id: str,
    *,
    event_id: str | None = None,
    metadata: dict[str, str] | None = None,
    live: bool = False,
) -> Letter:
    return {
        "id": event_id or f"evt_{kind}_{object_id}"[:80],
        "object": "event",
        "type": kind,
        "livemode": live,
        "created": 1,
        "data": {"object": {"id": object_id, "object": "thing", "metadata": metadata or {}}},
    }


def signed(body: bytes, at: datetime, secret: str = WEBHOOK_SECRET) -> str:
    stamp = int(at.timestamp())
    found = WebhookSignature._compute_signature(f"{stamp}.{body.decode()}", secret)
    return f"t={stamp},v1={found}"


@pytest.fixture
def post(client: FlaskClient, clock: SimulatedClock) -> Callable[..., TestResponse]:
    """Send a letter as Stripe does; `signature` replaces the right one."""

    def posted(said: Letter | bytes, signature: str | None = None) -> TestResponse:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        header = signature if signature is not None else signed(body, clock.now())
        return client.post(
            "/webhooks/stripe",
            data=body,
            headers={"Stripe-Signature": header, "Content-Type": "application/json"},
            base_url="https://localhost",
        )

    return posted


def count(model: type) -> int:
    db.session.expire_all()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def opened(gateway: Gateway, clock: SimulatedClock) -> dict[str, int]:
    return dict(letters.open_waiting(clock.now(), 50, gateway))
