"""Account credit that nothing has moved for years: found, given to the state, and given back.

Credit belongs to a member at a location; that location's years decide, as they hold on the day
that is asked about.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.models import AccountCredit, AccountCreditEntry
from billing.rules.tenders import refuse
from billing.tenders import credit_entries
from billing.turnovers.claims import OF_THE_STATE, Claim, is_dormant, since
from config.db import db
from config.ids import new_id
from locations.models import Location
from locations.policy import policy_at
from membership.models import Member


def dormant(place: Location, *, on: date) -> list[Claim]:
    """What members have at a location and is to be turned over on a day."""
    years = policy_at(place, on).account_credit_dormancy_years
    if not years:
        return []
    moved = sa.func.max(AccountCreditEntry.at)
    query = (
        sa.select(AccountCredit.member_id, Member.name, AccountCredit.balance_cents, moved)
        .join(
            AccountCreditEntry,
            (AccountCreditEntry.member_id == AccountCredit.member_id)
            & (AccountCreditEntry.location_id == AccountCredit.location_id),
        )
        .join(Member, Member.id == AccountCredit.member_id)
        .where(
            AccountCredit.location_id == place.id,
            AccountCredit.balance_cents > 0,
            AccountCreditEntry.kind.not_in(OF_THE_STATE),
        )
        .group_by(AccountCredit.member_id, Member.name, AccountCredit.balance_cents)
        .order_by(moved, AccountCredit.member_id)
    )
    found = [
        Claim("account_credit", member_id, name, since(moved_at, place), cents)
        for member_id, name, cents, moved_at in db.session.execute(query)
    ]
    return [one for one in found if is_dormant(one.since, years=years, on=on)]


def hold(place: Location, claims: list[Claim]) -> None:
    """Hold the credit until the commit: whoever pays with it meanwhile waits."""
    rows = sa.select(AccountCredit.member_id).where(
        AccountCredit.location_id == place.id,
        AccountCredit.member_id.in_([claim.key for claim in claims]),
    )
    db.session.execute(rows.order_by(AccountCredit.member_id).with_for_update()).all()


def take(
    place: Location, claim: Claim, *, reference: str, by_account_id: UUID | None, now: datetime
) -> UUID:
    """Take credit that is held off its member, for the state; returns the movement's key."""
    if not credit_entries.take(claim.key, place.id, claim.amount_cents):
        raise refuse("credit_short")
    why = f"Turned over to the state: {reference}"
    return credit_entries.moved(
        claim.key, place.id, "to_state", -claim.amount_cents, new_id(), why, by_account_id, now
    )


def give_back(
    place: Location, movement_id: UUID, *, reason: str, by_account_id: UUID | None, now: datetime
) -> tuple[UUID, int]:
    """Owe a member again what a movement took; the new movement's key, and the cents."""
    taken = db.session.get_one(AccountCreditEntry, movement_id)
    cents = -taken.amount_cents
    credit_entries.add(taken.member_id, place.id, place.currency, cents)
    moved_id = credit_entries.moved(
        taken.member_id, place.id, "returned", cents, taken.source_id, reason, by_account_id, now
    )
    return moved_id, cents
