"""Members whose purchases at a studio are not taxed, by a certificate that holds for a time.

An exemption changes what is sold or issued from its first day on, and nothing before; its line
keeps the certificate in place of the tax's name, at a rate of nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import core, db
from config.errors import NotFound, invalid_field
from config.ids import new_id
from locations import tax_rates
from locations.models import Location
from locations.rules.tax_rates import TaxRateValue
from membership.models import Member, TaxExemption
from membership.people import members

PREFIX = "exempt: "
MOST_CERTIFICATE = 50  # with the prefix before it, a tax's name on a line
# Built once: every sale and every batch of a run asks it.
_HOLDING = (
    sa.select(TaxExemption.member_id, Member.merged_into_id, TaxExemption.certificate)
    .join(Member, Member.id == TaxExemption.member_id)
    .where(
        TaxExemption.location_id == sa.bindparam("location"),
        TaxExemption.revoked_at.is_(None),
        TaxExemption.valid_from <= sa.bindparam("on", type_=sa.Date()),
        sa.or_(
            TaxExemption.valid_until.is_(None),
            TaxExemption.valid_until >= sa.bindparam("on", type_=sa.Date()),
        ),
    )
    .order_by(TaxExemption.id)
)


def certificates(location_id: UUID, *, on: date) -> Mapping[UUID, str]:
    """The certificate of each member who is exempt at a location on a local date; few are."""
    found: dict[UUID, str] = {}
    given = {"location": location_id, "on": on}
    for member_id, merged_into_id, certificate in map(tuple, core(_HOLDING, given)):
        found[member_id] = certificate
        if merged_into_id is not None:
            found[merged_into_id] = certificate
    return found


def rates_at(location_id: UUID, *, on: date, member_id: UUID | None) -> Mapping[str, TaxRateValue]:
    """The rates that hold for a member at a location on a date; for a stranger, the usual ones."""
    rates = tax_rates.in_force(location_id, on=on)
    certificate = certificates(location_id, on=on).get(member_id) if member_id else None
    return rates if certificate is None else untaxed(rates, certificate)


def untaxed(rates: Mapping[str, TaxRateValue], certificate: str) -> Mapping[str, TaxRateValue]:
    """The same classes of product at no rate, under the certificate's name."""
    return dict.fromkeys(rates, TaxRateValue(f"{PREFIX}{certificate}", 0))


def record(
    member_id: UUID,
    *,
    place: Location,
    certificate: str,
    ground: str,
    valid_from: date,
    valid_until: date | None,
    by: Actor,
    now: datetime,
) -> UUID:
    """Write down a certificate, in the caller's transaction. Invalid names the field.

    The same one for the same days is written down once, so that one click takes it back.
    """
    if valid_until is not None and valid_until < valid_from:
        raise invalid_field("/valid_until", "The last day is before the first.")
    members.lock(member_id)
    before = db.session.scalar(
        sa.select(TaxExemption.id).where(
            TaxExemption.member_id == member_id,
            TaxExemption.location_id == place.id,
            TaxExemption.certificate == certificate,
            TaxExemption.valid_from == valid_from,
            TaxExemption.valid_until.is_not_distinct_from(valid_until),
            TaxExemption.revoked_at.is_(None),
        )
    )
    if before is not None:
        return before
    row = TaxExemption(
        id=new_id(),
        member_id=member_id,
        location_id=place.id,
        certificate=certificate,
        ground=ground,
        valid_from=valid_from,
        valid_until=valid_until,
        recorded_by=by.id,
        recorded_at=now,
        revoked_at=None,
    )
    db.session.add(row)
    db.session.flush()
    _note(row, "exemption.recorded", by=by, now=now)
    return row.id


def revoke(exemption_id: UUID, *, member_id: UUID, by: Actor, now: datetime) -> None:
    """From now on they are taxed again; a repeat is quiet. NotFound beside this member's."""
    query = sa.select(TaxExemption).where(
        TaxExemption.id == exemption_id,
        TaxExemption.member_id.in_(members.records_of(member_id)),
    )
    row = db.session.scalar(query.with_for_update())
    if row is None:
        raise NotFound("exemption")
    if row.revoked_at is None:
        row.revoked_at = now
        db.session.flush()
        _note(row, "exemption.revoked", by=by, now=now)


def of_member(member_id: UUID, *, location_id: UUID) -> list[TaxExemption]:
    """Every certificate of a person at a location, newest first."""
    query = sa.select(TaxExemption).where(
        TaxExemption.member_id.in_(members.records_of(member_id)),
        TaxExemption.location_id == location_id,
    )
    return list(db.session.scalars(query.order_by(TaxExemption.id.desc())))


def _note(row: TaxExemption, action: str, *, by: Actor, now: datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_type="tax_exemption",
        subject_id=row.id,
        location_id=row.location_id,
        facts={"member_id": row.member_id, "certificate": row.certificate},
        now=now,
    )
