"""Changing a plan with the member present: rows first, then the hosted page. An edge."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from billing.gateway import Gateway
from billing.payments import hosted
from billing.plan_changes import change_sales
from billing.sales import checkout
from config.audit import Actor
from config.db import db, run_txn
from locations import places
from membership.agreements.change_consents import Proof
from membership.changes import change_rows, changes
from membership.models import Membership, PlanChange


def change_now(
    membership_id: UUID, *, to_version_id: UUID, proof: Proof, gateway: Gateway, now: datetime
) -> str | None:
    """Change today; the address of the card page, or none where nothing is to be paid.

    Refused by the plan's status, Unavailable where Stripe does not answer: nothing has changed.
    """
    checkout.close_tills(_member_id(membership_id), gateway=gateway, now=now)
    placed = run_txn(
        lambda: change_sales.place(membership_id, to_version_id=to_version_id, proof=proof, now=now)
    )
    return hosted.open_page(placed.attempt_id, gateway=gateway, now=now) if placed else None


def change_at_renewal(
    membership_id: UUID, *, to_version_id: UUID, proof: Proof, gateway: Gateway, now: datetime
) -> PlanChange:
    """Change with the next renewal; an unpaid change today gives way."""
    checkout.close_tills(_member_id(membership_id), gateway=gateway, now=now)
    return run_txn(
        lambda: changes.ask_at_renewal(
            membership_id,
            to_version_id=to_version_id,
            proof=proof,
            on=_today(membership_id, now),
            now=now,
        )
    )


def undo(membership_id: UUID, *, by: Actor, gateway: Gateway, now: datetime) -> None:
    """Take back what waits: a card page is closed, a change at the renewal is forgotten."""
    waiting = change_rows.live_of(membership_id)
    if waiting is not None and waiting.state == "waiting":
        checkout.close_tills(_member_id(membership_id), gateway=gateway, now=now)
        return
    on = _today(membership_id, now)
    run_txn(lambda: changes.undo(membership_id, by=by, on=on, now=now))


def _member_id(membership_id: UUID) -> UUID:
    return _plan(membership_id).member_id


def _today(membership_id: UUID, now: datetime) -> date:
    return places.business_date(places.get(_plan(membership_id).location_id), now)


def _plan(membership_id: UUID) -> Membership:
    return db.session.get_one(Membership, membership_id)
