"""Where a tender's money lies: on a gift card, as account credit, or in an open till."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gift_cards import gift_cards
from billing.models import TillSession
from billing.payments.held import Held
from billing.rules import tenders as rule
from billing.rules.tenders import Share
from billing.tenders import account_credit
from config.audit import Actor
from config.db import db
from membership.people import members

AHEAD = "Paid ahead of a sale"


def take(share: Share, found: Held, *, by: Actor, now: datetime) -> UUID:
    """Take the money from where it lies; the location that holds or owes it."""
    if share.kind == "gift_card":
        assert share.source_id is not None, "a gift card's share names the card"
        return gift_cards.use(
            share.source_id,
            amount_cents=share.amount_cents,
            payment_id=found.attempt_id,
            at=found.location_id,
            by_account_id=by.id,
            now=now,
        )
    if share.kind == "account_credit":
        records = db.session.scalars(members.records_of(found.member_id)).all()
        held_at = share.source_id or found.location_id
        account_credit.use(
            member_ids=records,
            held_at=held_at,
            amount_cents=share.amount_cents,
            payment_id=found.attempt_id,
            reason=f"Invoice {found.number}" if found.number else AHEAD,
            by_account_id=by.id,
            now=now,
        )
        return held_at
    _require_till(share, found)
    return found.location_id


def _require_till(share: Share, found: Held) -> None:
    till = db.session.scalars(
        sa.select(TillSession)
        .where(TillSession.id == share.source_id, TillSession.closed_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if till is None:
        raise rule.refuse("till_closed")
    if till.location_id != found.location_id:
        raise rule.refuse("other_studio")
