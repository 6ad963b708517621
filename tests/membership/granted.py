"""Credits granted without a sale, for tests of what becomes of them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from config.db import transaction
from config.ids import new_id
from membership.credits import credits
from membership.rules.credits import GrantRow
from tests.membership.shop import noon


def grant_period(
    member_id: UUID, membership_id: UUID, place: UUID, *, quantity: int = 2, cents: int = 7900
) -> UUID:
    """Provisional credits of January; returns the source's key."""
    source = new_id()
    with transaction():
        credits.grant(
            member_id=member_id,
            source_type="period",
            source_id=source,
            membership_id=membership_id,
            location_id=place,
            product="MAINT-2",
            currency="USD",
            quantity=quantity,
            value_cents=cents,
            valid_from=date(2027, 1, 1),
            valid_until=date(2027, 2, 1),
            state="provisional",
            scope_id=None,
            now=noon(1, 1),
        )
    return source


def comp_row(member_id: UUID, place: UUID, *, quantity: int, cents: int) -> GrantRow:
    """Firm credits given for nothing, from January 4 to the end of the month."""
    return GrantRow(
        id=new_id(),
        member_id=member_id,
        source_type="comp",
        source_id=new_id(),
        membership_id=None,
        location_id=place,
        product="COMP",
        currency="USD",
        quantity=quantity,
        value_cents=cents,
        valid_from=date(2027, 1, 4),
        valid_until=date(2027, 2, 1),
        state="firm",
    )
