"""How a desk finds members: by any part of what is theirs at home, by the whole of it elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db
from config.errors import NotFound
from membership.models import Member, MemberHome
from membership.people import details
from membership.rules import people


@dataclass(frozen=True, slots=True)
class Found:
    """A search result: `visitor` tells that the home is another location."""

    member_id: UUID
    name: str
    email: str
    phone: str | None
    home_id: UUID
    visitor: bool


def search(
    text: str, *, location_ids: Collection[UUID], jurisdiction: str, on: date, limit: int
) -> list[Found]:
    """Members for a desk to choose from, by name: those at home at these locations by any
    part of name, e-mail, phone or code; visitors only by their whole e-mail, phone or code.

    One query, whatever is found.
    """
    text = people.typed(text)
    names = people.search_patterns(text)
    if not names:
        return []
    home = _home_on(on)
    here = home.in_(list(location_ids))
    by_name = sa.and_(*(Member.name_folded.like(like, escape="\\") for like in names))
    by_part = Member.email.like(names[0], escape="\\")
    query = (
        sa.select(Member, home.label("home_id"))
        .where((here & (by_name | by_part)) | _known_by(text, jurisdiction))
        .where(Member.merged_into_id.is_(None))
        .order_by(Member.name_folded, Member.id)
        .limit(limit)
    )
    return [
        _found(row.Member, row.home_id, location_ids=location_ids)
        for row in db.session.execute(query)
    ]


def named(key: str, *, location_ids: Collection[UUID], jurisdiction: str, on: date) -> list[Found]:
    """Members at home at these locations whose whole e-mail, phone or code this is."""
    home = _home_on(on)
    query = (
        sa.select(Member, home.label("home_id"))
        .where(home.in_(list(location_ids)), _known_by(people.typed(key), jurisdiction))
        .where(Member.merged_into_id.is_(None))
        .order_by(Member.id)
        .limit(5)
    )
    return [
        _found(row.Member, row.home_id, location_ids=location_ids)
        for row in db.session.execute(query)
    ]


def seen_from(
    member_id: UUID, *, key: str, location_ids: Collection[UUID], jurisdiction: str, on: date
) -> Found:
    """A member whose card a desk may open: at home here, or named by a whole `key` (e-mail,
    phone or code). Anybody else is NotFound, like somebody who does not exist. The key of a
    merged record opens the kept one.
    """
    home = _home_on(on)
    may = home.in_(list(location_ids)) | _known_by(people.typed(key), jurisdiction)
    merged = aliased(Member)
    root = sa.select(merged.merged_into_id).where(merged.id == member_id).scalar_subquery()
    query = sa.select(Member, home.label("home_id")).where(
        Member.id == sa.func.coalesce(root, member_id), may
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("member")
    return _found(row.Member, row.home_id, location_ids=location_ids)


def _known_by(text: str, jurisdiction: str) -> sa.ColumnElement[bool]:
    """Whole e-mail, phone or code, of the record or of one that was merged into it."""
    merged = aliased(Member)
    theirs = sa.select(merged.merged_into_id).where(
        merged.merged_into_id.is_not(None), _exactly(merged, text, jurisdiction)
    )
    return _exactly(Member, text, jurisdiction) | Member.id.in_(theirs)


def _exactly(record: type[Member], text: str, jurisdiction: str) -> sa.ColumnElement[bool]:
    """Whole e-mail, phone or code; an empty text is nobody's."""
    ways = [record.email == text.strip().lower(), record.check_in_code == people.as_code(text)]
    phone = details.phone_or_none(text, jurisdiction=jurisdiction)
    if phone is not None:
        ways.append(record.phone == phone)
    return sa.or_(*ways)


def _home_on(on: date) -> sa.ColumnElement[UUID]:
    """The home of the row's member on a date, as a part of a query (`home_at` in SQL)."""
    homes = sa.select(MemberHome.location_id).where(MemberHome.member_id == Member.id)
    begun = homes.where(MemberHome.effective_from <= on)
    newest = begun.order_by(MemberHome.effective_from.desc()).limit(1)
    first = homes.order_by(MemberHome.effective_from).limit(1)
    return sa.func.coalesce(
        newest.correlate(Member).scalar_subquery(), first.correlate(Member).scalar_subquery()
    )


def _found(member: Member, home_id: UUID, *, location_ids: Collection[UUID]) -> Found:
    return Found(
        member_id=member.id,
        name=member.name,
        email=member.email,
        phone=member.phone,
        home_id=home_id,
        visitor=home_id not in location_ids,
    )
