"""Promotion codes in use: found by what was typed, kept for a draft, used by its payment.

Everything here runs inside a caller's transaction. A use is counted when a sale is drafted, with
the code's row locked, so that of two who take the last one at once one gets it; a draft that
comes to nothing gives it back.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from config.base import table_of
from config.db import core, db
from config.ids import new_id
from locations import places, policy
from locations.models import Location
from membership.models import Member, PromoCode, PromoGroupMember, PromoUse
from membership.people import members
from membership.rules import discount as rule
from membership.rules.discount import Bought, Code

_CODE = table_of(PromoCode)
_USE = table_of(PromoUse)
# Written down once: every paid pack and plan asks it.
_USED = (
    sa.update(_USE)
    .where(_USE.c.source_id == sa.bindparam("source"), _USE.c.state == "reserved")
    .values(state="used")
)


def written(typed: str) -> str:
    """A code as it is kept: capitals, without spaces."""
    return "".join(typed.split()).upper()


def find(typed: str) -> Code:
    """The code of this name. Refused("code_unknown")."""
    found = db.session.scalar(sa.select(PromoCode).where(PromoCode.code == written(typed)))
    if found is None:
        raise rule.refuse("code_unknown")
    return value_of(found)


def value_of(row: PromoCode) -> Code:
    """The terms of a code as a plain value."""
    return Code(
        id=row.id,
        code=row.code,
        name=row.name,
        amount_cents=row.amount_cents,
        percent_ppm=row.percent_ppm,
        currency=row.currency,
        periods=row.periods,
        scope=row.scope,
        products=frozenset(row.products) if row.products else None,
        audience=row.audience,
        location_id=row.location_id,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def require_taken(code: Code, bought: Bought, *, place: Location, now: datetime) -> None:
    """Refused by name where a code does not apply at this studio today; a code for a group at a
    studio whose land asks for offers that are open to all.
    """
    on = places.business_date(place, now)
    rule.require_applies(code, bought, on=on)
    if code.audience == "group" and policy.policy_at(place, on).offers_open_to_all:
        raise rule.refuse("code_not_open")


def reserve(
    code: Code,
    *,
    member_id: UUID,
    source_id: UUID,
    now: datetime,
    membership_id: UUID | None = None,
    periods_left: int = 0,
) -> None:
    """Keep one use of a code for a draft; `source_id` is the member pack, the first period, or
    the consent to a plan after a starter. `periods_left` are still to be made cheaper.

    Refused("code_over", "code_used_up") by the code as it is now, "code_not_yours" beside its
    group, "code_used" by the person, under whichever of their records.
    """
    _count_one(code)
    member = members.get(member_id)
    if code.audience == "group" and not _is_listed(code.id, member.email_key):
        raise rule.refuse("code_not_yours")
    if db.session.scalar(_uses_of(code.id, member).limit(1)) is not None:
        raise rule.refuse("code_used")
    db.session.add(
        PromoUse(
            id=new_id(),
            promo_id=code.id,
            member_id=member_id,
            membership_id=membership_id,
            source_id=source_id,
            state="reserved",
            periods_left=periods_left,
            at=now,
        )
    )
    db.session.flush()


def used(source_id: UUID) -> None:
    """What it made cheaper is paid. Quiet where no code was used, and when told twice."""
    core(_USED, {"source": source_id})


def release(source_id: UUID) -> None:
    """The draft came to nothing: its use is free for anybody again; a repeat is quiet."""
    promo_id = db.session.scalar(
        sa.select(PromoUse.promo_id).where(
            PromoUse.source_id == source_id, PromoUse.state == "reserved"
        )
    )
    if promo_id is None:
        return
    db.session.execute(sa.select(_CODE.c.id).where(_CODE.c.id == promo_id).with_for_update())
    freed = core(
        sa.update(_USE)
        .where(_USE.c.source_id == source_id, _USE.c.state == "reserved")
        .values(state="released", periods_left=0)
    )
    core(sa.update(_CODE).where(_CODE.c.id == promo_id).values(uses=_CODE.c.uses - freed.rowcount))


def release_start(membership_id: UUID) -> None:
    """A plan was never paid, so what made it cheaper is free again; quiet where nothing did."""
    query = sa.select(PromoUse.source_id).where(
        PromoUse.membership_id == membership_id, PromoUse.state == "reserved"
    )
    for source_id in db.session.scalars(query).all():
        release(source_id)


def _count_one(code: Code) -> None:
    """Take one use, with the code's row held until the transaction ends."""
    left = sa.or_(_CODE.c.max_uses.is_(None), _CODE.c.uses < _CODE.c.max_uses)
    # Ended since it was quoted: its last day is not the one that the caller knows.
    known = _CODE.c.valid_until.is_not_distinct_from(code.valid_until)
    counted = core(
        sa.update(_CODE).where(_CODE.c.id == code.id, left, known).values(uses=_CODE.c.uses + 1)
    )
    if counted.rowcount:
        return
    row = db.session.get_one(PromoCode, code.id, populate_existing=True)
    same = row.valid_until == code.valid_until
    raise rule.refuse("code_used_up" if same else "code_over")


def _is_listed(promo_id: UUID, email_key: str) -> bool:
    return db.session.get(PromoGroupMember, (promo_id, email_key)) is not None


def _uses_of(promo_id: UUID, member: Member) -> sa.Select[UUID]:
    """Uses by this person: under their records, their mailbox or their phone."""
    root_id = member.merged_into_id or member.id
    same = [Member.id.in_(members.records_of(root_id)), Member.email_key == member.email_key]
    if member.phone is not None:
        same.append(Member.phone == member.phone)
    return (
        sa.select(PromoUse.id)
        .join(Member, Member.id == PromoUse.member_id)
        .where(PromoUse.promo_id == promo_id, PromoUse.state != "released", sa.or_(*same))
    )
