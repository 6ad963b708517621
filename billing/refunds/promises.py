"""What is promised back to members, of which invoice, and how much of it has been sent.

A promise is a charge in the member's favour (`refund_owed`), written with its credit note. It is
kept once its refunds have arrived; until then it is owed, whoever has to send it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from billing.gift_cards import gift_refunds
from billing.models import CreditNote, Dispute, Invoice, KeptByBank, Payment, Refund
from billing.rules.refund import Room
from config.db import db
from config.errors import NotFound
from membership.models import Charge
from membership.plans import one_offs

KIND = "refund_owed"
# What goes back by itself, the newest payment first, cards before what we owe; cash needs a hand.
BY_ITSELF = ("card", "account_credit", "gift_card")


def invoices(*where: sa.ColumnElement[bool]) -> sa.CompoundSelect:
    """Promises, of those charges, with the invoice each is about: (charge_id, invoice_id)."""
    mine = sa.and_(Charge.kind == KIND, *where)
    by_note = sa.select(Charge.id.label("charge_id"), CreditNote.invoice_id).join(
        CreditNote, CreditNote.id == Charge.source_id
    )
    by_pack = sa.select(Charge.id, Invoice.id).join(
        Invoice, sa.and_(Invoice.source_id == Charge.source_id, Invoice.reason == "pack")
    )
    return sa.union_all(by_note.where(mine), by_pack.where(mine))


def invoice_of(charge_id: UUID) -> UUID:
    """The invoice that a promise is about. Raises NotFound."""
    found = invoices(Charge.id == charge_id).subquery()
    invoice_id = db.session.scalar(sa.select(found.c.invoice_id))
    if invoice_id is None:
        raise NotFound("promise")
    return invoice_id


def charge_of(charge_id: UUID) -> Charge:
    """A promise as it stands. Raises NotFound."""
    found = db.session.get(Charge, charge_id)
    if found is None or found.kind != KIND:
        raise NotFound("promise")
    return found


def lock(charge_id: UUID) -> tuple[Invoice, Charge]:
    """Hold the invoice, then the promise: whoever sends, settles or hands out waits here."""
    invoice = lock_invoice(invoice_of(charge_id))
    return invoice, one_offs.locked(charge_id)


def lock_invoice(invoice_id: UUID) -> Invoice:
    """Hold an invoice, read anew. Raises NotFound."""
    query = sa.select(Invoice).where(Invoice.id == invoice_id).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound("invoice")
    return found


def owed_cents(charge: Charge) -> int:
    """What was promised in all, as a positive amount."""
    return -(charge.net_cents + charge.tax_cents)


def uncovered_cents(charge: Charge) -> int:
    """What no refund stands for yet, nor a bank: what still has to find its way."""
    return owed_cents(charge) - kept_cents(charge.id) - _sum(charge.id, Refund.state != "failed")


def unsent_cents(charge: Charge) -> int:
    """What has not left yet; nothing of a promise that is kept or was dropped."""
    if charge.state != "owed":
        return 0
    sent = _sum(charge.id, Refund.state == "succeeded")
    return owed_cents(charge) - kept_cents(charge.id) - sent


def kept_cents(charge_id: UUID) -> int:
    """What a bank has paid of a promise, by a dispute that was lost."""
    cents = sa.func.coalesce(sa.func.sum(KeptByBank.amount_cents), 0)
    query = sa.select(sa.cast(cents, sa.BigInteger))
    return db.session.scalar(query.where(KeptByBank.charge_row_id == charge_id)) or 0


def restate(charge: Charge) -> None:
    """Settled once all of it has left, or is a bank's; owed again once some has come back."""
    sent = _sum(charge.id, Refund.state == "succeeded") + kept_cents(charge.id)
    charge.state = "settled" if sent == owed_cents(charge) else "owed"
    db.session.flush()


def rooms(invoice_id: UUID, charge_id: UUID) -> list[Room]:
    """The payments that may take a part of a promise by themselves, locked, the best first.

    Not one that refused it before, nor one that a bank holds; of one that it took a part of, the
    rest.
    """
    query = (
        sa.select(Payment)
        .where(Payment.invoice_id == invoice_id, *_takes(charge_id))
        .order_by(Payment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query).all()
    found = sorted(found, key=lambda one: one.id, reverse=True)
    found.sort(key=lambda one: BY_ITSELF.index(one.tender))
    return rooms_of(found)


def rooms_of(payments: Sequence[Payment]) -> list[Room]:
    """What each of these payments has left: neither on its way back, nor taken by a bank."""
    query = sa.select(Payment.id, left_cents()).where(Payment.id.in_([one.id for one in payments]))
    left = {row[0]: row[1] for row in db.session.execute(query)}
    return [Room(one.id, one.tender, left[one.id]) for one in payments]


def left_cents() -> sa.ColumnElement[int]:
    """The same of a payment, for a query over payments; below zero where a bank took it twice."""
    taken = (
        sa.select(sa.cast(sa.func.coalesce(sa.func.sum(Dispute.amount_cents), 0), sa.BigInteger))
        .where(Dispute.payment_id == Payment.id, Dispute.state == "lost")
        .correlate(Payment)
        .scalar_subquery()
    )
    return Payment.amount_cents - Payment.refunded_cents - taken


def sendable(limit: int) -> Sequence[UUID]:
    """Promises of which a part can be sent by itself now, those due first first."""
    found = invoices(Charge.state == "owed").subquery()
    covered = (
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_cents), 0))
        .where(Refund.charge_row_id == Charge.id, Refund.state != "failed")
        .scalar_subquery()
    )
    kept = (
        sa.select(sa.func.coalesce(sa.func.sum(KeptByBank.amount_cents), 0))
        .where(KeptByBank.charge_row_id == Charge.id)
        .scalar_subquery()
    )
    takes = sa.exists().where(Payment.invoice_id == found.c.invoice_id, *_takes(Charge.id))
    query = (
        sa.select(Charge.id)
        .join(found, found.c.charge_id == Charge.id)
        .where(
            Charge.kind == KIND,
            Charge.state == "owed",
            -(Charge.net_cents + Charge.tax_cents) > covered + kept,
            takes,
        )
        .order_by(Charge.due_on, Charge.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def _takes(
    charge_id: UUID | InstrumentedAttribute[UUID],
) -> tuple[sa.ColumnElement[bool], ...]:
    refused = sa.exists().where(
        Refund.payment_id == Payment.id,
        Refund.charge_row_id == charge_id,
        Refund.state == "failed",
        Refund.failure_code.is_distinct_from("disputed"),  # a bank may decide for us yet
    )
    held = sa.exists().where(Dispute.payment_id == Payment.id, Dispute.state == "open")
    return (
        Payment.tender.in_(BY_ITSELF),
        left_cents() > 0,
        sa.or_(Payment.tender != "gift_card", gift_refunds.takes(Payment)),
        ~refused.correlate(Payment, Charge),
        ~held.correlate(Payment),
    )


def _sum(charge_id: UUID, *where: sa.ColumnElement[bool]) -> int:
    cents = sa.func.coalesce(sa.func.sum(Refund.amount_cents), 0)
    query = sa.select(sa.cast(cents, sa.BigInteger))
    return db.session.scalar(query.where(Refund.charge_row_id == charge_id, *where)) or 0
