"""Members: who they are, where they belong, and how a desk finds them."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db
from config.errors import NotFound, Refused
from config.ids import new_id
from locations import places
from membership import details
from membership.models import Member, MemberHome
from membership.rules import people

DETAILS_NOT_ACCEPTED = (
    "We could not open an account with these details. If you have been with us before, sign in; "
    "otherwise the desk can help."
)

# Built once: whatever a member does begins with it.
_LOCKED = (
    sa.select(Member)
    .where(Member.id == sa.bindparam("id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True, slots=True)
class Found:
    """A search result: `visitor` tells that the home is another location."""

    member_id: UUID
    name: str
    email: str
    phone: str | None
    home_id: UUID
    visitor: bool


def register(
    *,
    account_id: UUID | None,
    name: str,
    email: str,
    phone: str | None,
    home_id: UUID,
    now: datetime,
) -> Member:
    """A new member, at home at a location from its business date on.

    Raises Invalid naming the field, or Refused in words that tell nobody who is a member.
    """
    home = places.get(home_id)
    clean = people.clean_name(name)
    address = details.clean_email(email)
    number = details.clean_phone(phone, jurisdiction=home.jurisdiction) if phone else None
    if db.session.scalar(sa.select(Member.id).where(Member.email == address)) is not None:
        raise Refused("details_not_accepted", DETAILS_NOT_ACCEPTED)
    member = Member(
        id=new_id(),
        account_id=account_id,
        name=clean,
        name_folded=people.folded(clean),
        email=address,
        email_key=people.mailbox(address),
        phone=number,
        check_in_code=_new_code(),
        created_at=now,
    )
    db.session.add(member)
    db.session.flush()
    since = places.business_date(home, now)
    db.session.add(MemberHome(member_id=member.id, effective_from=since, location_id=home_id))
    db.session.flush()
    return member


def get(member_id: UUID) -> Member:
    """The member. Raises NotFound."""
    found = db.session.get(Member, member_id)
    if found is None:
        raise NotFound("member")
    return found


def lock(member_id: UUID) -> Member:
    """The member, read anew and held until the transaction ends: one act at a time each.

    Leaves rows that only refer to the member (invoices, visits) free to be written.
    """
    found = db.session.scalar(_LOCKED, {"id": member_id})
    if found is None:
        raise NotFound("member")
    return found


def of_account(account_id: UUID) -> Member | None:
    """The member who signs in with this account, if any; of a merged record, the kept one."""
    return _kept(sa.select(Member).where(Member.account_id == account_id))


def by_code(check_in_code: str) -> Member | None:
    """The member with this code, however it was typed; of a merged record, the kept one."""
    code = people.as_code(check_in_code)
    return _kept(sa.select(Member).where(Member.check_in_code == code))


def records_of(member_id: UUID) -> sa.Select[UUID]:
    """The keys of a member's record and of all that were merged into it, as part of a query.

    What is never edited (papers, consents, invoices) stays under the record it was made for.
    """
    own = sa.or_(Member.id == member_id, Member.merged_into_id == member_id)
    return sa.select(Member.id).where(own)


def is_record_of(record_id: UUID, member_id: UUID) -> bool:
    """Whether a key is the member's own, or that of a record merged into theirs."""
    return record_id == member_id or get(record_id).merged_into_id == member_id


def home_at(member_id: UUID, on: date) -> UUID:
    """The home location on a date; before the first one it is that first one."""
    homes = db.session.execute(
        sa.select(MemberHome.effective_from, MemberHome.location_id)
        .where(MemberHome.member_id == member_id)
        .order_by(MemberHome.effective_from)
    ).all()
    if not homes:
        raise NotFound("member")
    begun = [home.location_id for home in homes if home.effective_from <= on]
    return begun[-1] if begun else homes[0].location_id


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


def _kept(query: sa.Select[Member]) -> Member | None:
    """The member found; of a record that was merged, the one it was merged into."""
    found = db.session.scalar(query)
    if found is None or found.merged_into_id is None:
        return found
    return get(found.merged_into_id)


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


def _new_code() -> str:
    return "".join(secrets.choice(people.CODE_ALPHABET) for _ in range(people.CODE_LENGTH))
