"""Two records of one person and their money: the card goes with the plan, invoices stay theirs.

Their customers at Stripe stay two; only our row says which of them pays for the kept record.
Invoices keep their numbers and the record they were made for, and are read with the kept one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.models import CardSetup, Invoice, StripeCustomer
from config.audit import Actor
from config.base import table_of
from config.db import db, insert_many
from config.errors import Refused
from membership.people import members, merging
from membership.plans import membership_rows

OPEN_INVOICE = (
    "An invoice of the other record is not paid yet. Merge the two once it is settled: a payment "
    "that is on its way must find the card it belongs to."
)
_CUSTOMER = table_of(StripeCustomer)


def refuse_unpaid(merged_id: UUID) -> None:
    """Raise Refused("open_invoice") while the record that goes still owes something."""
    owed = sa.select(Invoice.id).where(Invoice.member_id == merged_id, Invoice.state == "open")
    if db.session.scalar(owed.limit(1)) is not None:
        raise Refused("open_invoice", OPEN_INVOICE)


def merge(*, kept_id: UUID, merged_id: UUID, reason: str, by: Actor, now: datetime) -> None:
    """Merge two records with their cards, in the caller's transaction.

    Refused as `membership.merging.merge` is, and "open_invoice".
    """
    for member_id in sorted((kept_id, merged_id)):
        members.lock(member_id)
    refuse_unpaid(merged_id)
    payer_id = merged_id if membership_rows.live_for(merged_id) else kept_id
    merging.merge(kept_id=kept_id, merged_id=merged_id, reason=reason, by=by, now=now)
    for account in db.session.scalars(_accounts(merged_id)).all():
        _one_card(kept_id, merged_id, account, payer_id=payer_id)
    db.session.execute(
        sa.update(CardSetup)
        .where(CardSetup.member_id == merged_id, CardSetup.state == "open")
        .values(member_id=kept_id)
    )


def _accounts(merged_id: UUID) -> sa.Select[str]:
    return (
        sa.select(StripeCustomer.stripe_account)
        .where(StripeCustomer.member_id == merged_id)
        .order_by(StripeCustomer.stripe_account)
    )


def _one_card(kept_id: UUID, merged_id: UUID, account: str, *, payer_id: UUID) -> None:
    """Let the kept record pay with the payer's card, or with whichever there is.

    Where both are customers of this account and the other one's card is wanted, the two rows
    change places, so that nothing known of either is lost.
    """
    here = _CUSTOMER.c.stripe_account == account
    rows = {
        row["member_id"]: dict(row)
        for row in db.session.execute(
            sa.select(_CUSTOMER)
            .where(here, _CUSTOMER.c.member_id.in_((kept_id, merged_id)))
            .with_for_update()
        ).mappings()
    }
    kept, merged = rows.get(kept_id), rows[merged_id]
    with_card = [id_ for id_ in (payer_id, kept_id, merged_id) if _has_card(rows.get(id_))]
    if kept is not None and (with_card or [kept_id])[0] == kept_id:
        return
    db.session.execute(
        sa.delete(_CUSTOMER).where(here, _CUSTOMER.c.member_id.in_((kept_id, merged_id)))
    )
    moved: list[dict[str, Any]] = [merged | {"member_id": kept_id}]
    if kept is not None:
        moved.append(kept | {"member_id": merged_id})
    insert_many(StripeCustomer, moved)
    db.session.expire_all()


def _has_card(row: dict[str, Any] | None) -> bool:
    return row is not None and row["payment_method_id"] is not None
