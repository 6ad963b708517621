"""Selling with the member present: our rows first, then Stripe's hosted page.

An edge: short transactions around each call to Stripe. Never are two pages payable for one
invoice, nor a page beside an intent that a worker may confirm.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Gateway
from billing.models import Invoice, PaymentAttempt
from billing.payments import hosted
from billing.sales import sales
from config.db import db, run_txn
from config.errors import Refused


def sell_pack(
    *, member_id: UUID, pack_version_id: UUID, location_id: UUID, gateway: Gateway, now: datetime
) -> str:
    """Sell a pack to a member who is present; returns the address of the card page.

    Refused where it may not be sold to them, Unavailable where Stripe does not answer.
    """
    close_tills(member_id, gateway=gateway, now=now)
    placed = run_txn(
        lambda: sales.place_pack(
            member_id=member_id,
            pack_version_id=pack_version_id,
            location_id=location_id,
            now=now,
        )
    )
    return page_of(placed, gateway=gateway, now=now)


def sell_plan(
    *,
    member_id: UUID,
    plan_version_id: UUID,
    location_id: UUID,
    consent_id: UUID,
    gateway: Gateway,
    now: datetime,
) -> str:
    """Sell a plan's first period to a member who is present and consented to the later ones.

    Refused where a plan is live, Unavailable where Stripe does not answer.
    """
    close_tills(member_id, gateway=gateway, now=now)
    placed = run_txn(
        lambda: sales.place_plan(
            member_id=member_id,
            plan_version_id=plan_version_id,
            location_id=location_id,
            consent_id=consent_id,
            now=now,
        )
    )
    return page_of(placed, gateway=gateway, now=now)


def page_of(placed: sales.Placed, *, gateway: Gateway, now: datetime) -> str:
    """The card page of a sale; where account credit has paid all of it, what it brought.

    Unavailable where Stripe does not answer.
    """
    if placed.waiting is None:
        return f"/join/welcome/{placed.invoice_id}"
    return hosted.open_page(placed.waiting, gateway=gateway, now=now)


def close_tills(member_id: UUID, *, gateway: Gateway, now: datetime) -> None:
    """Close every unpaid sale of a member before another is begun.

    Refused("already_paid") where one of them turns out to be paid: it is settled by then, and
    the member should see what they have before buying more.
    """
    waiting = db.session.scalars(
        sa.select(PaymentAttempt.id)
        .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
        .where(
            Invoice.member_id == member_id,
            Invoice.state == "draft",
            PaymentAttempt.kind == "checkout",
            PaymentAttempt.state == "action",
        )
        .order_by(PaymentAttempt.id)
    ).all()
    for attempt_id in waiting:
        found = hosted.close_page(attempt_id, gateway=gateway, now=now)
        if found.verdict == "paid":
            raise already_paid()
        if found.verdict == "waiting":
            raise running()


def already_paid() -> Refused:
    """Money for this has arrived: nothing more may be asked for."""
    return Refused("already_paid", "This is paid already. Thank you.")


def running() -> Refused:
    """Money for this may be arriving: nothing else is asked for meanwhile."""
    return Refused(
        "payment_running", "A payment for this is on its way. Please look again in a few minutes."
    )
