"""What members have in account credit, and how it came to that; nothing here moves any."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import AccountCredit, AccountCreditEntry
from config.db import db
from locations.models import Location
from membership.models import Member
from membership.people import members


@dataclass(frozen=True, slots=True)
class Balance:
    """What one location owes in credit, in minor units of `currency`."""

    member_id: UUID
    location_id: UUID
    place_name: str
    currency: str
    balance_cents: int


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of a member's credit: granted, restored are positive; used, paid out negative."""

    at: datetime
    place_name: str
    zone: str
    kind: str
    amount_cents: int
    currency: str
    reason: str


def held_by(
    member_ids: Collection[UUID], *, currency: str, at: UUID
) -> Mapping[UUID, list[Balance]]:
    """What each of these members has left in a currency; the credit of location `at` first.

    What belongs to a record that was merged into theirs is theirs.
    """
    if not _any_left():
        return {}
    found: dict[UUID, list[Balance]] = {}
    owner = sa.func.coalesce(Member.merged_into_id, Member.id)
    query = _left().add_columns(owner).join(Member, Member.id == AccountCredit.member_id)
    query = query.where(AccountCredit.currency == currency, owner.in_(member_ids))
    for *row, owner_id in db.session.execute(query.order_by(AccountCredit.location_id)):
        found.setdefault(owner_id, []).append(Balance(*row))
    for balances in found.values():
        balances.sort(key=lambda one: one.location_id != at)
    return found


def balances(member_id: UUID) -> list[Balance]:
    """What a person has left, by location; records merged into theirs count."""
    records = members.records_of(member_id)
    query = _left().where(AccountCredit.member_id.in_(records)).order_by(Location.name)
    return [Balance(*row) for row in db.session.execute(query)]


def movements(member_id: UUID, *, limit: int = 200) -> list[Movement]:
    """A person's movements, the newest first."""
    query = (
        sa.select(
            AccountCreditEntry.at,
            Location.name,
            Location.zone,
            AccountCreditEntry.kind,
            AccountCreditEntry.amount_cents,
            Location.currency,
            AccountCreditEntry.reason,
        )
        .join(Location, Location.id == AccountCreditEntry.location_id)
        .where(AccountCreditEntry.member_id.in_(members.records_of(member_id)))
        .order_by(AccountCreditEntry.at.desc(), AccountCreditEntry.id.desc())
        .limit(limit)
    )
    return [Movement(*row) for row in db.session.execute(query)]


def _any_left() -> bool:
    """Most runs bill nobody who has credit: this looks into an index that is empty then."""
    return bool(db.session.scalar(_ANY_LEFT))


_ANY_LEFT = sa.select(sa.literal(1)).where(AccountCredit.balance_cents > 0).limit(1)


def _left() -> sa.Select:
    return (
        sa.select(
            AccountCredit.member_id,
            AccountCredit.location_id,
            Location.name,
            AccountCredit.currency,
            AccountCredit.balance_cents,
        )
        .join(Location, Location.id == AccountCredit.location_id)
        .where(AccountCredit.balance_cents > 0)
    )
