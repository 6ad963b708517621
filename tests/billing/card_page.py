"""The hosted page in a test: a starter is put on it, and somebody pays."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Gateway
from billing.models import PaymentIntent
from billing.sales import checkout
from config.clock import SimulatedClock
from config.db import db, transaction
from membership.models import Member
from stripe_sandbox.launch import Running
from tests.billing.price_list import Studio, agree


def sell_starter(studio: Studio, member: Member, gateway: Gateway, clock: SimulatedClock) -> str:
    """The starter of three; returns the address of the page."""
    return checkout.sell_pack(
        member_id=member.id,
        pack_version_id=studio.starter,
        location_id=studio.sea.id,
        gateway=gateway,
        now=clock.now(),
    )


def sell_monthly(studio: Studio, member: Member, gateway: Gateway, clock: SimulatedClock) -> UUID:
    """The plan of two a month, with the member's consent to it, whose key it returns."""
    with transaction():
        consent_id = agree(member, studio, studio.monthly)
    checkout.sell_plan(
        member_id=member.id,
        plan_version_id=studio.monthly,
        location_id=studio.sea.id,
        consent_id=consent_id,
        gateway=gateway,
        now=clock.now(),
    )
    return consent_id


def newest_session() -> str:
    """The page that was opened last."""
    query = sa.select(PaymentIntent.session_id).order_by(PaymentIntent.id.desc()).limit(1)
    found = db.session.scalars(query).one()
    assert found is not None
    return found


def pay_at_stripe(stripe: Running, session_id: str, card: str = "pm_card_visa") -> None:
    """Somebody pays on the page with a card."""
    stripe.control("POST", f"checkout/{session_id}/pay", {"token": card})


def every(column: sa.orm.InstrumentedAttribute) -> list:
    """All values of a column, in their order."""
    return list(db.session.scalars(sa.select(column).order_by(column)))
