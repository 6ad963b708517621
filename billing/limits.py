"""How much money a role may give away alone: a rule of the house, kept with the studio's policy.

The same limit holds for refunds, goodwill credit and write-offs.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from billing.models import AccountCreditEntry, CreditNote
from config.db import db
from config.errors import Refused
from config.formats import money
from locations.models import JournalEntry, Location
from locations.policy import policy_at
from locations.rules.permissions import Grant, allows
from membership.people import members

BEYOND = "exceed_limit"
LATELY = timedelta(days=30)
_OWN_WILL = ("goodwill", "correction")


def limit_cents(location: Location, *, on: date) -> int:
    """Up to how much a manager decides alone, in minor units."""
    return policy_at(location, on).manager_limit_cents


def given_cents(invoice_id: UUID, *, beside: UUID | None) -> int:
    """What was given back of an invoice of somebody's own will, tax included, in minor units.

    A limit is meant for all of it: in parts nobody gives more than at once. `beside` is the form
    that is looked at, which may have been sent before.
    """
    query = sa.select(
        sa.cast(sa.func.coalesce(sa.func.sum(CreditNote.total_cents), 0), sa.BigInteger)
    ).where(CreditNote.invoice_id == invoice_id, CreditNote.reason.in_(_OWN_WILL))
    if beside is not None:
        query = query.where(CreditNote.source_id != beside)
    return db.session.scalar(query) or 0


def credit_cents(member_id: UUID, *, beside: UUID, now: datetime) -> int:
    """What staff gave a member as credit in the last 30 days, in minor units; `beside` a form."""
    given = sa.exists().where(
        JournalEntry.source_id == AccountCreditEntry.source_id,
        JournalEntry.kind == "credit_granted",
    )
    query = sa.select(
        sa.cast(sa.func.coalesce(sa.func.sum(AccountCreditEntry.amount_cents), 0), sa.BigInteger)
    ).where(
        AccountCreditEntry.member_id.in_(members.records_of(member_id)),
        AccountCreditEntry.kind == "granted",
        AccountCreditEntry.at > now - LATELY,
        AccountCreditEntry.source_id != beside,
        given,
    )
    return db.session.scalar(query) or 0


def require(amount_cents: int, *, grants: frozenset[Grant], location: Location, on: date) -> None:
    """Raise Refused("above_limit") where these roles may not give so much away."""
    if allows(grants, BEYOND, location_id=location.id):
        return
    limit = limit_cents(location, on=on)
    if amount_cents > limit:
        words = money(limit, location.currency)
        raise Refused("above_limit", f"Up to {words} is yours to decide; ask an owner for more.")


def require_not_own(
    amount_cents: int, *, whose: frozenset[UUID], by: UUID | None, location: Location, on: date
) -> None:
    """Raise Refused("own_request") above the limit for who asked for it, or would get it.

    It holds for every role: `whose` are the accounts that have an interest in a yes.
    """
    if by in whose and amount_cents > limit_cents(location, on=on):
        raise Refused("own_request", "Somebody else has to decide this one.")
