"""What a studio owes a member in credit: granted, used for what is billed next, restored.

A balance is the sum of its movements and never below zero: it is taken by one guarded UPDATE,
however many ask at once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import AccountCredit, AccountCreditEntry
from billing.rules.tenders import refuse
from billing.tenders import credit_entries
from config import audit
from config.audit import Actor
from config.db import db
from locations import ledger
from locations.models import Location
from locations.rules import tenders
from membership.people import members


def grant(
    *,
    member_id: UUID,
    location_id: UUID,
    currency: str,
    amount_cents: int,
    source_id: UUID,
    reason: str,
    by_account_id: UUID | None,
    now: datetime,
) -> UUID:
    """Owe a member this much in credit; returns the movement's key.

    Rows only: the caller books it in the same transaction, as a refund or a sale does. Unique
    per source: the second grant of one source violates a constraint.
    """
    if amount_cents <= 0:
        raise ValueError(f"a grant of {amount_cents} minor units is none")
    credit_entries.add(member_id, location_id, currency, amount_cents)
    return credit_entries.moved(
        member_id, location_id, "granted", amount_cents, source_id, reason, by_account_id, now
    )


def give(
    *,
    member_id: UUID,
    place: Location,
    amount_cents: int,
    reason: str,
    by: Actor,
    on: date,
    key: UUID,
    now: datetime,
) -> UUID:
    """Goodwill: staff grants credit for a reason; booked as a concession and written down.

    `key` is the form's own: the same form sent twice gives once. Returns the movement's key.
    """
    members.lock(member_id)
    before = db.session.scalar(
        sa.select(AccountCreditEntry.id).where(
            AccountCreditEntry.source_id == key, AccountCreditEntry.kind == "granted"
        )
    )
    if before is not None:
        return before
    granted = grant(
        member_id=member_id,
        location_id=place.id,
        currency=place.currency,
        amount_cents=amount_cents,
        source_id=key,
        reason=reason,
        by_account_id=by.id,
        now=now,
    )
    entry = tenders.credit_granted(
        entry_id=key,
        on=on,
        currency=place.currency,
        location_id=place.id,
        amount_cents=amount_cents,
        reason=reason,
    )
    ledger.post([entry], now=now)
    audit.record(
        actor=by,
        action="account_credit.given",
        subject_type="member",
        subject_id=member_id,
        location_id=place.id,
        facts={"amount_cents": amount_cents, "reason": reason},
        now=now,
    )
    return granted


def use(
    *,
    member_ids: Collection[UUID],
    held_at: UUID,
    amount_cents: int,
    payment_id: UUID,
    reason: str,
    by_account_id: UUID | None,
    now: datetime,
) -> None:
    """Take credit that one of a person's records has at a location, for a payment.

    Refused("credit_short") where none has so much left by now, "credit_turned_over" where it is
    with the state.
    """
    for member_id in member_ids:
        if credit_entries.take(member_id, held_at, amount_cents):
            credit_entries.moved(
                member_id, held_at, "used", -amount_cents, payment_id, reason, by_account_id, now
            )
            return
    gone = credit_entries.is_with_the_state(member_ids, held_at)
    raise refuse("credit_turned_over" if gone else "credit_short")


def restore(payment_id: UUID, *, reason: str, now: datetime) -> UUID:
    """Give back what a payment had used; returns the location that owes it again."""
    query = sa.select(AccountCreditEntry).where(
        AccountCreditEntry.source_id == payment_id, AccountCreditEntry.kind == "used"
    )
    used = db.session.scalars(query).one()
    currency = db.session.scalar(
        sa.select(AccountCredit.currency).where(
            AccountCredit.member_id == used.member_id,
            AccountCredit.location_id == used.location_id,
        )
    )
    assert currency is not None, "what was used was granted before"
    credit_entries.add(used.member_id, used.location_id, currency, -used.amount_cents)
    credit_entries.moved(
        used.member_id, used.location_id, "restored", -used.amount_cents, payment_id, reason, None,
        now,
    )  # fmt: skip
    return used.location_id
