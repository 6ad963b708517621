"""A member at Stripe: made once per Stripe account, with the card on file as Stripe tells it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Card, Gateway
from billing.models import StripeCustomer
from billing.rules.keys import of_this_minute
from config.db import db, run_txn
from config.errors import NotFound
from locations.upsert import insert_or
from membership.models import Member


def customer_for(member_id: UUID, *, stripe_account: str, gateway: Gateway, now: datetime) -> str:
    """The member's customer id at a Stripe account, made there on first need.

    Called outside any transaction. Two at once send the same key, so Stripe makes one; who
    stores second adopts what the first stored. A second one at Stripe, made where an answer was
    lost, stays empty. Raises OutcomeUnknown and its siblings.
    """
    known = _known(member_id, stripe_account)
    if known is not None:
        return known
    member = db.session.get(Member, member_id)
    if member is None:
        raise NotFound("member")
    made = gateway.at(stripe_account).create_customer(
        key=of_this_minute(f"cu:{member_id}:{stripe_account}", now),
        email=member.email,
        metadata={"member": str(member_id)},
    )
    row = {
        "member_id": member_id,
        "stripe_account": stripe_account,
        "customer_id": made,
        "updated_at": now,
    }
    insert = insert_or(StripeCustomer).values(row).on_conflict_do_nothing()
    run_txn(lambda: db.session.execute(insert))
    adopted = _known(member_id, stripe_account)
    assert adopted is not None, "the row was written by us or by the winner of a race"
    return adopted


def remember_card(member_id: UUID, *, stripe_account: str, card: Card, now: datetime) -> None:
    """Make a card the member's default at this Stripe account, in the caller's transaction."""
    db.session.execute(
        sa.update(StripeCustomer)
        .where(
            StripeCustomer.member_id == member_id,
            StripeCustomer.stripe_account == stripe_account,
        )
        .values(
            payment_method_id=card.payment_method_id,
            card_brand=card.brand,
            card_last4=card.last4,
            card_exp_month=card.exp_month,
            card_exp_year=card.exp_year,
            card_fingerprint=card.fingerprint,
            card_refused_code=None,
            expiry_told_days=None,
            updated_at=now,
        )
    )


def card_of(member_id: UUID, *, stripe_account: str) -> StripeCustomer | None:
    """The member's row where it has a card on file; nothing otherwise."""
    found = db.session.get(StripeCustomer, (member_id, stripe_account), populate_existing=True)
    return found if found is not None and found.payment_method_id else None


def _known(member_id: UUID, stripe_account: str) -> str | None:
    return db.session.scalar(
        sa.select(StripeCustomer.customer_id).where(
            StripeCustomer.member_id == member_id,
            StripeCustomer.stripe_account == stripe_account,
        )
    )
