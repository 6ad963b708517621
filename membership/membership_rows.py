"""Held plans as rows: found, and held still until the commit."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import NotFound
from membership.models import Membership


def live_for(member_id: UUID) -> Membership | None:
    """The member's membership that has not ended; there is at most one."""
    query = sa.select(Membership).where(
        Membership.member_id == member_id, Membership.status != "ended"
    )
    return db.session.scalars(query).first()


def locked(membership_id: UUID) -> Membership:
    """A membership, read anew and locked until the commit. Raises NotFound."""
    query = (
        sa.select(Membership)
        .where(Membership.id == membership_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound("membership")
    return found
