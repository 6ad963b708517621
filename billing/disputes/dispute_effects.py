"""What follows from a dispute, inside the caller's transaction: the row, the books, the goods.

The membership, then the invoice and its payment are locked by the caller. While a bank decides
the card is not charged without its owner: it counts as refused until a card is entered anew.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.cards import mandates
from billing.disputes import dispute_letters, dispute_refunds, dispute_rows
from billing.gift_cards import gift_issue
from billing.leaving import endings
from billing.models import Dispute, Invoice
from billing.refunds import kept_by_bank
from billing.rules.dispute import HELD
from config.db import db
from locations import ledger
from locations.rules import disputes as books
from locations.rules.disputes import Disputed, NotOwed
from membership.endings import disputes as goods
from membership.endings import pack_disputes
from membership.endings.disputes import Revoked
from membership.endings.unused import Unused


def opened(row: Dispute, invoice: Invoice, *, on: date, now: datetime) -> None:
    """The bank takes the money of a dispute that is written down: what it bought rests."""
    row.state = "open"
    db.session.flush()
    ledger.post([books.dispute_opened(_facts(row, on))], now=now)
    dispute_refunds.stop(row, now=now)
    mandates.end(row, now=now)
    _rest(invoice, on=on, now=now)
    dispute_rows.record(row, "dispute.opened", now=now)
    dispute_letters.opened(row, now=now)


def won(row: Dispute, invoice: Invoice, *, on: date, now: datetime) -> None:
    """The money is back; what rested goes on, unless another dispute holds it."""
    dispute_rows.close(row, "won", on=on)
    ledger.post([books.dispute_won(_facts(row, on))], now=now)
    if not _held_otherwise(row, invoice):
        if invoice.reason == "pack":
            pack_disputes.won(invoice.source_id)
        elif invoice.membership_id is not None:
            goods.plan_won(invoice.membership_id, on=on, now=now)
    dispute_rows.record(row, "dispute.won", now=now)
    dispute_letters.won(row, now=now)


def lost(row: Dispute, invoice: Invoice, *, on: date, now: datetime) -> None:
    """The money is gone: promised refunds are kept by it, what is unspent is revoked."""
    dispute_refunds.stop(row, now=now)
    dispute_rows.close(row, "lost", on=on)
    promised_cents = kept_by_bank.keep(row, now=now)
    worth_cents = row.amount_cents - promised_cents
    if invoice.reason != "pack" and invoice.membership_id is not None:
        unused = goods.plan_lost(invoice.membership_id, on=on, now=now)
        _credit(invoice.membership_id, unused, on=on, now=now)
    revoked = _revoke(row, invoice, worth_cents=worth_cents, on=on, now=now)
    entry = books.dispute_lost(
        _facts(row, on),
        promised_cents=promised_cents,
        revoked=[NotOwed(r.account, r.location_id, r.product, r.cents) for r in revoked],
    )
    ledger.post([entry], now=now)
    dispute_rows.record(row, "dispute.lost", now=now)
    dispute_letters.lost(row, now=now)


def _rest(invoice: Invoice, *, on: date, now: datetime) -> None:
    """Sessions rest; a plan that only waits for its first charge is not begun any more."""
    if invoice.reason == "pack":
        pack_disputes.opened(invoice.source_id, on=on, now=now)
    waiting = {invoice.membership_id, goods.pending_plan_of(invoice.member_id)} - {None}
    for membership_id in sorted(one for one in waiting if one is not None):
        unused = goods.plan_opened(membership_id, on=on, now=now)
        _credit(membership_id, unused, on=on, now=now)


def _credit(membership_id: UUID, unused: Unused | None, *, on: date, now: datetime) -> None:
    """A claim for what will not be delivered is credited, as when a plan lapses."""
    if unused is not None:
        endings.credit_unused(membership_id, unused, goods.REASON, on=on, now=now)


def _held_otherwise(row: Dispute, invoice: Invoice) -> bool:
    """Whether another dispute about the same pack or plan is open, or was lost."""
    same = Dispute.invoice_id == row.invoice_id
    if invoice.membership_id is not None:
        same = sa.or_(same, Dispute.membership_id == invoice.membership_id)
    query = sa.select(Dispute.id).where(same, Dispute.id != row.id, Dispute.state.in_(HELD))
    return db.session.scalar(query.limit(1)) is not None


def _revoke(
    row: Dispute, invoice: Invoice, *, worth_cents: int, on: date, now: datetime
) -> list[Revoked]:
    if invoice.reason == "gift_card":
        sold_at, cents = gift_issue.revoke(
            invoice.source_id, worth_cents=worth_cents, source_id=row.id, now=now
        )
        return [Revoked("gift_cards", sold_at, "", cents)]
    if invoice.reason == "pack":
        return pack_disputes.revoke(invoice.source_id, worth_cents=worth_cents, on=on, now=now)
    if invoice.reason in ("first_period", "renewal"):
        return goods.revoke_period(invoice.source_id, worth_cents=worth_cents, on=on, now=now)
    if invoice.reason == "change" and invoice.membership_id is not None:
        period_id = goods.running_period(invoice.membership_id)
        if period_id is not None:
            return goods.revoke_period(period_id, worth_cents=worth_cents, on=on, now=now)
    return []


def _facts(row: Dispute, on: date) -> Disputed:
    """What every entry about a dispute tells."""
    return Disputed(
        dispute_id=row.id,
        on=on,
        currency=row.currency,
        location_id=row.location_id,
        amount_cents=row.amount_cents,
        invoice_id=row.invoice_id,
    )
