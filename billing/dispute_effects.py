"""What follows from a dispute, inside the caller's transaction: the row, the books, the goods.

The membership, then the invoice and its payment are locked by the caller. While a bank decides
the card is not charged without its owner: it counts as refused until a card is entered anew.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing import dispute_letters, dispute_refunds, endings, gift_cards
from billing.dispute_refunds import DISPUTED
from billing.gateway import DisputeSeen
from billing.models import Dispute, Invoice, Payment, StripeCustomer
from config import audit
from config.audit import SYSTEM
from config.calendar import local_date
from config.db import db
from config.ids import new_id
from locations import ledger, places
from locations.rules import disputes as books
from locations.rules.disputes import NotOwed
from membership import disputes as goods
from membership.disputes import Revoked
from membership.endings import Unused


def opened(
    seen: DisputeSeen, *, invoice: Invoice, payment: Payment, on: date, now: datetime
) -> Dispute:
    """Write a dispute down: its money is with the network, what it bought rests."""
    location = places.get(invoice.location_id)
    began = datetime.fromtimestamp(seen.created, UTC)
    row = Dispute(
        id=new_id(),
        stripe_id=seen.id,
        stripe_account=places.stripe_account_of(location),
        payment_id=payment.id,
        invoice_id=invoice.id,
        location_id=location.id,
        member_id=invoice.member_id,
        membership_id=invoice.membership_id,
        state="open",
        reason=seen.reason[:60],
        amount_cents=seen.amount_cents,
        currency=invoice.currency,
        opened_at=began,
        opened_on=local_date(began, location.zone),
        evidence_due_at=datetime.fromtimestamp(seen.due_by, UTC) if seen.due_by else None,
    )
    db.session.add(row)
    db.session.flush()
    entry = books.dispute_opened(
        dispute_id=row.id,
        on=on,
        currency=row.currency,
        location_id=row.location_id,
        amount_cents=row.amount_cents,
        invoice_id=row.invoice_id,
    )
    ledger.post([entry], now=now)
    dispute_refunds.stop(row, now=now)
    _end_mandate(row, now)
    _rest(invoice, on=on, now=now)
    _record(row, "dispute.opened", now=now)
    dispute_letters.opened(row, now=now)
    return row


def won(row: Dispute, invoice: Invoice, *, on: date, now: datetime) -> None:
    """The money is back; what rested goes on, unless another dispute holds it."""
    _close(row, "won", on)
    entry = books.dispute_won(
        dispute_id=row.id,
        on=on,
        currency=row.currency,
        location_id=row.location_id,
        amount_cents=row.amount_cents,
        invoice_id=row.invoice_id,
    )
    ledger.post([entry], now=now)
    if not _held_otherwise(row, invoice):
        if invoice.reason == "pack":
            goods.pack_won(invoice.source_id)
        elif invoice.membership_id is not None:
            goods.plan_won(invoice.membership_id, on=on, now=now)
    _record(row, "dispute.won", now=now)
    dispute_letters.won(row, now=now)


def lost(row: Dispute, invoice: Invoice, *, on: date, now: datetime) -> None:
    """The money is gone: promised refunds are kept by it, what is unspent is revoked."""
    _close(row, "lost", on)
    dispute_refunds.stop(row, now=now)
    promised_cents = dispute_refunds.keep(row)
    worth_cents = row.amount_cents - promised_cents
    if invoice.reason != "pack" and invoice.membership_id is not None:
        unused = goods.plan_lost(invoice.membership_id, on=on, now=now)
        _credit(invoice.membership_id, unused, on=on, now=now)
    revoked = _revoke(row, invoice, worth_cents=worth_cents, on=on, now=now)
    entry = books.dispute_lost(
        dispute_id=row.id,
        on=on,
        currency=row.currency,
        location_id=row.location_id,
        amount_cents=row.amount_cents,
        invoice_id=row.invoice_id,
        promised_cents=promised_cents,
        revoked=[NotOwed(r.account, r.location_id, r.product, r.cents) for r in revoked],
    )
    ledger.post([entry], now=now)
    _record(row, "dispute.lost", now=now)
    dispute_letters.lost(row, now=now)


def _rest(invoice: Invoice, *, on: date, now: datetime) -> None:
    """Sessions rest; a plan that only waits for its first charge is not begun any more."""
    if invoice.reason == "pack":
        goods.pack_opened(invoice.source_id, on=on, now=now)
    waiting = {invoice.membership_id, goods.pending_plan_of(invoice.member_id)} - {None}
    for membership_id in sorted(one for one in waiting if one is not None):
        unused = goods.plan_opened(membership_id, on=on, now=now)
        _credit(membership_id, unused, on=on, now=now)


def _end_mandate(row: Dispute, now: datetime) -> None:
    """The saved card is charged no more without its owner; a card entered anew is a new mandate."""
    db.session.execute(
        sa.update(StripeCustomer)
        .where(
            StripeCustomer.member_id == row.member_id,
            StripeCustomer.stripe_account == row.stripe_account,
            StripeCustomer.payment_method_id.is_not(None),
        )
        .values(card_refused_code=DISPUTED, updated_at=now)
    )


def _credit(membership_id: UUID, unused: Unused | None, *, on: date, now: datetime) -> None:
    """A claim for what will not be delivered is credited, as when a plan lapses."""
    if unused is not None:
        endings.credit_unused(membership_id, unused, goods.REASON, on=on, now=now)


def _held_otherwise(row: Dispute, invoice: Invoice) -> bool:
    """Whether another dispute about the same pack or plan is open, or was lost."""
    same = Dispute.invoice_id == row.invoice_id
    if invoice.membership_id is not None:
        same = sa.or_(same, Dispute.membership_id == invoice.membership_id)
    query = sa.select(Dispute.id).where(same, Dispute.id != row.id, Dispute.state != "won")
    return db.session.scalar(query.limit(1)) is not None


def _revoke(
    row: Dispute, invoice: Invoice, *, worth_cents: int, on: date, now: datetime
) -> list[Revoked]:
    if invoice.reason == "gift_card":
        sold_at, cents = gift_cards.revoke(
            invoice.source_id, worth_cents=worth_cents, source_id=row.id, now=now
        )
        return [Revoked("gift_cards", sold_at, "", cents)]
    if invoice.reason == "pack":
        return goods.revoke_pack(invoice.source_id, worth_cents=worth_cents, on=on, now=now)
    if invoice.reason in ("first_period", "renewal"):
        return goods.revoke_period(invoice.source_id, worth_cents=worth_cents, on=on, now=now)
    if invoice.reason == "change" and invoice.membership_id is not None:
        period_id = goods.running_period(invoice.membership_id)
        if period_id is not None:
            return goods.revoke_period(period_id, worth_cents=worth_cents, on=on, now=now)
    return []


def _close(row: Dispute, state: str, on: date) -> None:
    row.state = state
    row.closed_on = on
    db.session.flush()


def _record(row: Dispute, action: str, *, now: datetime) -> None:
    audit.record(
        actor=SYSTEM,
        action=action,
        subject_type="dispute",
        subject_id=row.id,
        location_id=row.location_id,
        facts={"stripe_id": row.stripe_id, "amount_cents": row.amount_cents},
        now=now,
    )
