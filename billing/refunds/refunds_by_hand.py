"""Promises kept by hand: out of a till, on a gift card, as credit; or the card asked again."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from billing.disputes import disputes
from billing.models import Payment, Refund, TillSession
from billing.refunds import promises, refunds
from billing.rules import refund as rule
from billing.tenders import till_flow
from config import audit
from config.audit import SYSTEM, Actor
from config.db import db
from config.errors import Refused
from membership.models import Charge

ByHand = Literal["cash", "terminal", "gift_card", "account_credit"]
FROM_A_TILL = ("cash", "terminal")
REFUSALS = {
    "nothing_owed": "This has been sent, or is on its way.",
    "more_than_owed": "That is more than is still owed.",
    "not_paid_so": "No gift card paid for this.",
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
    """Keep a promise, or a part of it, by hand: out of a studio's till, on a gift card, as credit.

    `paid_at` is the studio whose till it leaves. A gift card takes what a gift card paid. What
    waited to be sent to a card and has not begun is withdrawn for it. Raises Refused:
    "nothing_owed", "more_than_owed", "no_till", "not_in_drawer", "disputed".
    """
    invoice, charge = promises.lock(charge_id)
    _withdraw(charge)
    left = promises.uncovered_cents(charge) if charge.state == "owed" else 0
    if left <= 0:
        raise Refused("nothing_owed", REFUSALS["nothing_owed"])
    parts = rule.spread(amount_cents, _rooms(invoice.id, tender))
    if not 0 < amount_cents <= left or sum(part.amount_cents for part in parts) != amount_cents:
        raise Refused("more_than_owed", REFUSALS["more_than_owed"])
    till_id = _open_till(paid_at, tender, amount_cents) if tender in FROM_A_TILL else None
    found = []
    for part in parts:
        disputes.refuse_while_open(part.payment_id)
        refund = refunds.write(
            part._replace(tender=tender),
            invoice,
            charge,
            by=by,
            now=now,
            paid_at=paid_at if till_id else None,
            till=till_id,
        )
        if till_id:
            refunds.left_now(refund, now=now)
        else:
            refunds.at_once(refund, charge, by=by, now=now)
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
    """The same for all that waits; how many cents that was. What is on its way goes on.

    Refused("not_paid_so") besides, for a gift card where none has paid.
    """
    invoice, charge = promises.lock(charge_id)
    _withdraw(charge)
    cents = promises.uncovered_cents(charge) if charge.state == "owed" else 0
    if cents <= 0:
        raise Refused("nothing_owed", REFUSALS["nothing_owed"])
    if tender == "gift_card":
        cents = min(cents, sum(room.left_cents for room in _rooms(invoice.id, tender)))
        if not cents:
            raise Refused("not_paid_so", REFUSALS["not_paid_so"])
    settle_otherwise(charge_id, tender=tender, amount_cents=cents, paid_at=paid_at, by=by, now=now)
    return cents


def cash_paid_cents(invoice_id: UUID) -> int:
    """What was paid for an invoice in cash and has not gone back."""
    left = sa.func.sum(Payment.amount_cents - Payment.refunded_cents)
    query = sa.select(sa.cast(sa.func.coalesce(left, 0), sa.BigInteger))
    paid = query.where(Payment.invoice_id == invoice_id, Payment.tender == "cash")
    return db.session.scalar(paid) or 0


def try_card_again(charge_id: UUID, *, now: datetime) -> int:
    """Let cards that refused a promise be asked once more; how many cents wait for one now."""
    invoice, charge = promises.lock(charge_id)
    if charge.state != "owed":
        raise Refused("nothing_owed", REFUSALS["nothing_owed"])
    parts = rule.spread(promises.uncovered_cents(charge), _rooms(invoice.id, "card"))
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


def _rooms(invoice_id: UUID, tender: str) -> list[rule.Room]:
    """Payments that have something left, the newest first; by hand it matters not how they came,
    but for a gift card: it takes what a gift card paid. Out of a till, what was paid in cash comes
    first.
    """
    query = sa.select(Payment).where(Payment.invoice_id == invoice_id, promises.left_cents() > 0)
    if tender in ("gift_card", "card"):
        query = query.where(Payment.tender == tender)
    found = list(db.session.scalars(query.order_by(Payment.id).with_for_update()).all())[::-1]
    found.sort(key=lambda one: one.tender != tender)
    return promises.rooms_of(found)


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
