"""What periods and packs have not delivered, found and taken back, so that billing can credit it.

The value of sessions that expired refundable, and in a cooling-off of those delivered too, is
booked back to where the sale had put it: one credit note then covers all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db, insert_many
from locations import ledger, turnovers
from locations.models import JournalEntry
from locations.rules import claims
from locations.rules.entries import Leg
from membership.credits import credit_rows
from membership.models import CreditEntry, CreditGrant
from membership.rules.exits import GivenBack

_USED = ("redeem",)
_LOST = ("expire", "forfeit")


@dataclass(frozen=True, slots=True)
class Booked:
    """A movement of a credit that the books know, with the sides it was booked to."""

    movement: CreditEntry
    entry: JournalEntry
    legs: tuple[Leg, ...]

    @property
    def value_cents(self) -> int:
        return -self.movement.value_cents

    @property
    def is_refundable(self) -> bool:
        """Expired, and still claimed in cash rather than kept."""
        return any(leg.account == "expired_refundable" for leg in self.legs)


@dataclass(frozen=True, slots=True)
class Batch:
    """A grant with what goes back of it beside what is left."""

    grant: CreditGrant
    booked: tuple[Booked, ...]

    @property
    def given_back(self) -> GivenBack:
        lost = [one for one in self.booked if one.movement.kind in _LOST]
        used = [one for one in self.booked if one.movement.kind in _USED]
        return GivenBack(
            source_type="pack" if self.grant.source_type == "pack" else "period",
            sessions=self.grant.remaining,
            sessions_cents=self.grant.remaining_cents,
            expired_cents=sum(one.value_cents for one in lost),
            earned_cents=sum(one.value_cents for one in used),
        )


def unused(grants: Sequence[CreditGrant]) -> dict[UUID, Batch]:
    """Of each period or pack: what is left, and what expired and is still owed in cash."""
    booked = _booked([grant.id for grant in grants], _LOST)
    return {
        grant.source_id: Batch(
            grant, tuple(one for one in booked.get(grant.id, ()) if one.is_refundable)
        )
        for grant in grants
    }


def everything(grants: Sequence[CreditGrant]) -> dict[UUID, Batch]:
    """Of each period or pack: what is left, expired or delivered."""
    booked = _booked([grant.id for grant in grants], (*_LOST, *_USED))
    return {grant.source_id: Batch(grant, tuple(booked.get(grant.id, ()))) for grant in grants}


def of_plan(membership_id: UUID) -> list[CreditGrant]:
    """Every grant that a plan's periods brought, read anew, by key."""
    return _grants(CreditGrant.membership_id == membership_id, CreditGrant.source_type == "period")


def of_pack(member_pack_id: UUID) -> list[CreditGrant]:
    """The grant of a pack, read anew."""
    return _grants(CreditGrant.source_id == member_pack_id, CreditGrant.source_type == "pack")


def lock(grants: Sequence[CreditGrant]) -> None:
    """Hold grants until the commit, and read them anew."""
    query = sa.select(CreditGrant).where(CreditGrant.id.in_([grant.id for grant in grants]))
    db.session.scalars(
        query.order_by(CreditGrant.id).with_for_update().execution_options(populate_existing=True)
    ).all()


def take(batches: Sequence[Batch], *, reason: str, on: date, now: datetime) -> None:
    """Take back what locked grants hold, and book back what they lost or gave."""
    left = [batch.grant for batch in batches if batch.grant.remaining]
    rows = [credit_rows.ended_values(g, "void", on=on, now=now, reason=reason) for g in left]
    insert_many(CreditEntry, rows)
    if credit_rows.empty((grant.id for grant in left), state="void") != len(left):
        raise RuntimeError("credits moved while they were held to be given back")
    entries = [
        claims.taken_back(
            source_type="credit_entry",
            source_id=one.movement.id,
            on=on,
            currency=batch.grant.currency,
            legs=[_now_under(leg, batch.grant.product) for leg in one.legs],
            corrects_id=one.entry.id,
            home_at=one.entry.home_at,
            product=batch.grant.product,
            reason=reason,
        )
        for batch in batches
        for one in batch.booked
    ]
    ledger.post(entries, now=now)


def _now_under(leg: Leg, product: str) -> Leg:
    """A session that a change of plan moved since comes back to the product it is of now."""
    return leg._replace(detail=product) if leg.account == "deferred_sessions" else leg


def _booked(grant_ids: Sequence[UUID], kinds: tuple[str, ...]) -> Mapping[UUID, list[Booked]]:
    """Movements of these kinds that stand: not undone, taken back or gone to the state."""
    undone, taken = aliased(CreditEntry), aliased(JournalEntry)
    query = (
        sa.select(CreditEntry, JournalEntry)
        .join(
            JournalEntry,
            (JournalEntry.source_id == CreditEntry.id)
            & JournalEntry.kind.in_(("redemption", "expiry")),
        )
        .where(
            CreditEntry.grant_id.in_(grant_ids),
            CreditEntry.kind.in_(kinds),
            ~sa.exists().where(undone.reverses_id == CreditEntry.id),
            ~sa.exists().where(taken.source_id == CreditEntry.id, taken.kind == "taken_back"),
            ~turnovers.is_over(JournalEntry.id),
        )
        .order_by(CreditEntry.id)
    )
    rows = db.session.execute(query).all()
    legs = ledger.legs_of([entry.id for _, entry in rows])
    found: dict[UUID, list[Booked]] = {}
    for movement, entry in rows:
        found.setdefault(movement.grant_id, []).append(Booked(movement, entry, legs[entry.id]))
    return found


def _grants(*where: sa.ColumnElement[bool]) -> list[CreditGrant]:
    query = sa.select(CreditGrant).where(*where).order_by(CreditGrant.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))
