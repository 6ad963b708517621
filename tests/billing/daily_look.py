"""The daily look at Stripe in a test: both clocks, the look, and what it left behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from billing import accounts
from billing.gateway import Gateway
from billing.models import ReconcileBreak
from billing.reconciling import reconciling
from config.clock import SimulatedClock
from config.db import db
from locations import ledger
from stripe_sandbox.launch import Running
from tests.billing.price_list import Studio

PRICE, FEE = 10925, 347  # 99.00 and 10.35 % tax; 2.9 % and 30 cents of it
DAY = timedelta(days=1)
Go = Callable[[datetime], None]


@pytest.fixture
def go(stripe: Running, clock: SimulatedClock) -> Go:
    """Put both clocks to an instant."""

    def to(instant: datetime) -> None:
        clock.set(instant)
        stripe.control("POST", "clock", {"now": instant.isoformat()})

    return to


def look(gateway: Gateway, on: date) -> str:
    (account,) = accounts.in_use(gateway)
    said = reconciling.look(account, on=on)
    db.session.expire_all()
    return said


def open_breaks() -> list[tuple[str, int | None, int | None]]:
    rows = db.session.scalars(
        sa.select(ReconcileBreak)
        .where(ReconcileBreak.resolved_at.is_(None))
        .order_by(ReconcileBreak.kind)
    )
    return [(row.kind, row.ours_cents, row.theirs_cents) for row in rows]


def held(studio: Studio) -> dict[str, int]:
    found = ledger.totals(studio.sea.id)
    return {name: found.get(name, 0) for name in ("stripe_clearing", "bank", "processor_fees")}
