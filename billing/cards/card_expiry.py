"""Tells members whose card ends soon, while there is time to enter another one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from billing.models import StripeCustomer
from billing.rules import card_expiry as rule
from billing.rules.card_expiry import Ending
from config import outbox
from config.calendar import local_instant
from config.db import db
from config.outbox import Post
from locations.models import LegalEntity, Location
from membership.models import Member, Membership

_LIVE = ("active", "grace", "locked", "frozen")

# Built once. A plan that ends by itself, or a card that is refused, needs no such letter.
_ENDING = (
    sa.select(StripeCustomer, Member.name, Member.email)
    .join(Membership, Membership.member_id == StripeCustomer.member_id)
    .join(Member, Member.id == Membership.member_id)
    .join(Location, Location.id == Membership.location_id)
    .join(LegalEntity, LegalEntity.id == Location.legal_entity_id)
    .where(
        Membership.location_id == sa.bindparam("location"),
        Membership.status.in_(_LIVE),
        Membership.ends_on.is_(None),
        StripeCustomer.stripe_account == LegalEntity.stripe_account,
        StripeCustomer.card_exp_year == sa.bindparam("year"),
        StripeCustomer.card_exp_month == sa.bindparam("month"),
        StripeCustomer.payment_method_id.is_not(None),
        StripeCustomer.card_refused_code.is_(None),
        sa.func.coalesce(StripeCustomer.expiry_told_days, 99) > sa.bindparam("days"),
    )
    .order_by(StripeCustomer.member_id)
)
_LOCKED = _ENDING.with_for_update(of=StripeCustomer, skip_locked=True)


def due(location: Location, *, on: date, now: datetime) -> list[Ending]:
    """Which notices have somebody to be told; asked from 08:00 of the studio's day on."""
    endings = rule.ending(on)
    if not endings or now < local_instant(on, rule.LEAVES_AT, location.zone):
        return []
    return [
        one
        for one in endings
        if db.session.execute(_ENDING.limit(1), _asked(location, one)).first() is not None
    ]


def tell(location: Location, endings: list[Ending], *, now: datetime) -> int:
    """Write the letters of these notices, once for each card; returns how many."""
    return sum(_tell(location, one, now) for one in endings)


def _tell(location: Location, one: Ending, now: datetime) -> int:
    rows = db.session.execute(_LOCKED, _asked(location, one)).all()
    outbox.put_many(
        [
            Post(
                dedupe_key=f"card_expires:{one.days}:{card.payment_method_id}:{one.last_day}",
                to=email,
                template="card_expires",
                context={
                    "name": name,
                    "brand": card.card_brand,
                    "last4": card.card_last4,
                    "last_day": one.last_day.isoformat(),
                    "location": location.name,
                },
                now=now,
            )
            for card, name, email in rows
        ]
    )
    for card, _, _ in rows:
        card.expiry_told_days = one.days
    db.session.flush()
    return len(rows)


def _asked(location: Location, one: Ending) -> dict[str, Any]:
    return {
        "location": location.id,
        "year": one.last_day.year,
        "month": one.last_day.month,
        "days": one.days,
    }
