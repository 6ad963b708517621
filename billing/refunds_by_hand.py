"""Promises kept by hand: cash or the terminal of a studio, credit, or the card asked once more."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from billing import disputes, promises, refunds, till_flow
from billing.models import Payment, Refund, TillSession
from billing.rules import refund as rule
from config import audit
from config.audit import SYSTEM, Actor
from config.db import db
from config.errors import Refused
from membership.models import Charge

ByHand = Literal["cash", "terminal", "account_credit"]
REFUSALS = {
    "nothing_owed": "This has been sent, or is on its way.",
    "more_than_owed": "That is more than is still owed.",
    "no_till": "Open a till here first: cash leaves a drawer that is counted.",
}


def settle_otherwise(
    charge_id: UUID,
    *,
    tender: ByHand,
    amount_cents: int,
    paid_at: UUID,
    by: Actor,
    now: datetime,
) -> list[Refund]:
    """Keep a promise, or a part of it, by hand: cash or the terminal of a studio, or as credit.

    `paid_at` is the studio whose till it leaves. What waited to be sent to a card and has not
    begun is withdrawn for it. Raises Refused: "nothing_owed", "more_than_owed", "no_till",
    "not_in_drawer", "disputed".
    """
    invoice, charge = promises.lock(charge_id)
    _withdraw(charge)
    left = promises.uncovered_cents(charge) if charge.state == "owed" else 0
    if left <= 0:
        raise Refused("nothing_owed", REFUSALS["nothing_owed"])
    if not 0 < amount_cents <= left:
        raise Refused("more_than_owed", REFUSALS["more_than_owed"])
    till_id = None
    if tender != "account_credit":
        till_id = _open_till(paid_at, tender, amount_cents)
    parts = rule.spread(amount_cents, _rooms(invoice.id))
    if sum(part.amount_cents for part in parts) != amount_cents:
        raise Refused("more_than_owed", REFUSALS["more_than_owed"])
    found = []
    for part in parts:
        disputes.refuse_if_disputed(part.payment_id)
        given = part._replace(tender=tender)
        refund = refunds.write(
            given, invoice, charge, by=by, now=now, paid_at=paid_at, till=till_id
        )
        if tender == "account_credit":
            refund.paid_at = invoice.location_id
            refunds.to_account_credit(refund, charge, by=by, now=now)
        else:
            refunds.left_now(refund, now=now)
        found.append(refund)
    promises.restate(charge)
    audit.record(
        actor=by,
        action="refund.by_hand",
        subject_type="invoice",
        subject_id=invoice.id,
        location_id=invoice.location_id,
        facts={"tender": tender, "amount_cents": amount_cents, "paid_at": paid_at},
        now=now,
    )
    return found


def keep_all(charge_id: UUID, *, tender: ByHand, paid_at: UUID, by: Actor, now: datetime) -> int:
    """The same for all that waits; how many cents that was. What is on its way goes on."""
    _invoice, charge = promises.lock(charge_id)
    _withdraw(charge)
    cents = promises.uncovered_cents(charge) if charge.state == "owed" else 0
    if cents <= 0:
        raise Refused("nothing_owed", REFUSALS["nothing_owed"])
    settle_otherwise(charge_id, tender=tender, amount_cents=cents, paid_at=paid_at, by=by, now=now)
    return cents


def try_card_again(charge_id: UUID, *, now: datetime) -> int:
    """Let cards that refused a promise be asked once more; how many cents wait for one now."""
    invoice, charge = promises.lock(charge_id)
    if charge.state != "owed":
        raise Refused("nothing_owed", REFUSALS["nothing_owed"])
    rooms = [room for room in _rooms(invoice.id) if room.tender == "card"]
    parts = rule.spread(promises.uncovered_cents(charge), rooms)
    for part in parts:
        refunds.write(part, invoice, charge, by=SYSTEM, now=now)
    return sum(part.amount_cents for part in parts)


def _withdraw(charge: Charge) -> None:
    """Forget refunds of a promise that nobody has begun to send."""
    waiting = sa.select(Refund).where(Refund.charge_row_id == charge.id, Refund.state == "ready")
    for refund in db.session.scalars(waiting.order_by(Refund.id).with_for_update()).all():
        refunds.payment_of(refund.payment_id).refunded_cents -= refund.amount_cents
        db.session.delete(refund)
    db.session.flush()


def _rooms(invoice_id: UUID) -> list[rule.Room]:
    """Every payment that has something left, the newest first; by hand it matters not how."""
    query = sa.select(Payment).where(
        Payment.invoice_id == invoice_id, Payment.amount_cents > Payment.refunded_cents
    )
    found = db.session.scalars(query.order_by(Payment.id).with_for_update()).all()
    return [
        rule.Room(one.id, one.tender, one.amount_cents - one.refunded_cents)
        for one in reversed(found)
    ]


def _open_till(location_id: UUID, tender: ByHand, amount_cents: int) -> UUID:
    """The open session that hands it out, held so that nobody counts the drawer meanwhile."""
    query = sa.select(TillSession).where(
        TillSession.location_id == location_id, TillSession.closed_at.is_(None)
    )
    session = db.session.scalars(query.with_for_update()).first()
    if session is None:
        raise Refused("no_till", REFUSALS["no_till"])
    if tender == "cash":
        till_flow.require_cash(session, amount_cents)
    return session.id
