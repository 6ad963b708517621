"""Account credit pays first: what was just billed asks the card for the rest alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from billing.models import Invoice
from billing.rules.tenders import Share
from billing.tenders import credit_balances, tenders
from config.audit import Actor
from config.db import db
from membership.people import members

_MEMBER = Actor(None, "account credit")


def for_one(invoice_id: UUID, *, now: datetime) -> int:
    """Let a member's account credit pay what it can of what was just billed; what is left due.

    Credit of the invoice's own studio goes first. Nothing of it makes two charges: the card is
    asked for the rest alone.
    """
    invoice = db.session.get_one(Invoice, invoice_id)
    records = db.session.scalars(members.records_of(invoice.member_id)).all()
    found = credit_balances.held_by(records, currency=invoice.currency, at=invoice.location_id)
    balances = [one for row in found.values() for one in row]
    balances.sort(key=lambda one: one.location_id != invoice.location_id)
    return _spend(invoice_id, balances, now=now)


def for_many(
    invoice_ids: Sequence[UUID], member_ids: Sequence[UUID], *, currency: str, at: UUID,
    now: datetime,
) -> int:  # fmt: skip
    """The same for a batch of invoices of one location; how many used any. Most ask one index."""
    found = credit_balances.held_by(member_ids, currency=currency, at=at)
    if not found:
        return 0
    pairs = [
        (invoice_id, found[member_id])
        for invoice_id, member_id in zip(invoice_ids, member_ids, strict=True)
        if member_id in found
    ]
    for invoice_id, balances in pairs:
        _spend(invoice_id, balances, now=now)
    return len(pairs)


def _spend(invoice_id: UUID, balances: Sequence[credit_balances.Balance], *, now: datetime) -> int:
    due_cents = tenders.due_of(invoice_id)
    for balance in balances:
        pays = min(due_cents, balance.balance_cents)
        if pays > 0:
            share = Share("account_credit", balance.location_id, pays)
            due_cents = tenders.receive(invoice_id, share, by=_MEMBER, now=now).left_cents
    return due_cents
