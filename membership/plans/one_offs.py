"""Stored one-offs: what is owed beside a period, by the member or to them.

A charge is written once per kind and source; billing turns it into an invoice, or into money
that goes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import NotFound, Refused
from config.ids import new_id
from membership.models import Charge

Owed = Literal["overage", "hold_fee"]
OwedBack = Literal["refund_owed"]

# Built once: a location asks this every minute, and most often finds nothing.
DUE = (
    sa.select(Charge.id)
    .where(
        Charge.location_id == sa.bindparam("location"),
        Charge.state == "due",
        Charge.due_on <= sa.bindparam("on"),
    )
    .order_by(Charge.id)
)


def owe(
    *,
    member_id: UUID,
    membership_id: UUID | None,
    location_id: UUID,
    kind: Owed,
    source_id: UUID,
    product: str,
    description: str,
    net_cents: int,
    currency: str,
    due_on: date,
    consent_id: UUID | None,
    by_account_id: UUID | None,
    now: datetime,
) -> Charge:
    """The member will owe `net_cents` before tax from local date `due_on` on.

    Raises Refused("charged_before") for a source that led to this kind of charge already.
    """
    if net_cents <= 0:
        raise ValueError(f"a charge of {net_cents} minor units is none")
    return _stored(
        Charge(
            id=new_id(),
            member_id=member_id,
            membership_id=membership_id,
            location_id=location_id,
            kind=kind,
            state="due",
            source_id=source_id,
            product=product,
            description=description,
            net_cents=net_cents,
            tax_cents=0,  # computed when it is invoiced, at the rate of that day
            currency=currency,
            due_on=due_on,
            consent_id=consent_id,
            by_account_id=by_account_id,
            created_at=now,
        )
    )


def owe_back(
    *,
    member_id: UUID,
    membership_id: UUID | None,
    location_id: UUID,
    kind: OwedBack,
    source_id: UUID,
    product: str,
    description: str,
    net_cents: int,
    tax_cents: int,
    currency: str,
    due_on: date | None,
    by_account_id: UUID | None,
    now: datetime,
) -> Charge:
    """Taper owes the member this much, given as positive minor units; stored as negative ones.

    The caller books it in the same transaction. Raises Refused("charged_before") for a source
    that led to it already.
    """
    if net_cents < 0 or tax_cents < 0:
        raise ValueError("what is owed back is given as a positive amount")
    return _stored(
        Charge(
            id=new_id(),
            member_id=member_id,
            membership_id=membership_id,
            location_id=location_id,
            kind=kind,
            state="owed",
            source_id=source_id,
            product=product,
            description=description,
            net_cents=-net_cents,
            tax_cents=-tax_cents,
            currency=currency,
            due_on=due_on,
            by_account_id=by_account_id,
            created_at=now,
        )
    )


def locked(charge_id: UUID) -> Charge:
    """The charge, read anew and held until the transaction ends. Raises NotFound."""
    query = sa.select(Charge).where(Charge.id == charge_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("charge")
    return found


def of_source(source_id: UUID, kind: Owed | OwedBack) -> Charge | None:
    """What this source led to; none where it led to nothing."""
    return db.session.scalar(
        sa.select(Charge).where(Charge.source_id == source_id, Charge.kind == kind)
    )


def due(location_id: UUID, *, on: date, limit: int) -> Sequence[UUID]:
    """Charges that the member owes by a local date and no invoice names yet, locked."""
    locked = DUE.limit(limit).with_for_update(skip_locked=True)
    return db.session.scalars(locked, {"location": location_id, "on": on}).all()


def drop(charge_id: UUID) -> bool:
    """Forget a charge that was not invoiced yet; False where an invoice names it already."""
    found = locked(charge_id)
    if found.state == "due":
        found.state = "dropped"
        db.session.flush()
    return found.state == "dropped"


def _stored(charge: Charge) -> Charge:
    if of_source(charge.source_id, charge.kind) is not None:  # type: ignore[arg-type]
        raise Refused("charged_before", "This was charged before.")
    db.session.add(charge)
    db.session.flush()
    return charge
