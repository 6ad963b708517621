"""Members: who they are, where they belong, and how a desk finds them."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import NotFound, Refused
from config.ids import new_id
from locations import places
from locations.models import Location
from membership.models import Member, MemberHome
from membership.people import details
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
    homes = _homes(member_id)
    begun = [location_id for since, location_id in homes if since <= on]
    return begun[-1] if begun else homes[0][1]


def home_now(member_id: UUID, now: datetime) -> Location:
    """The home location at an instant, each home by its own wall: a move of tomorrow has not begun
    in Seattle because it is tomorrow in Greenwich.
    """
    homes = [(since, places.get(location_id)) for since, location_id in _homes(member_id)]
    begun = [place for since, place in homes if since <= places.business_date(place, now)]
    return begun[-1] if begun else homes[0][1]


def _homes(member_id: UUID) -> list[tuple[date, UUID]]:
    """Every home with its first day, oldest first; NotFound for nobody's."""
    query = (
        sa.select(MemberHome.effective_from, MemberHome.location_id)
        .where(MemberHome.member_id == member_id)
        .order_by(MemberHome.effective_from)
    )
    found = [(row.effective_from, row.location_id) for row in db.session.execute(query)]
    if not found:
        raise NotFound("member")
    return found


def _kept(query: sa.Select[Member]) -> Member | None:
    """The member found; of a record that was merged, the one it was merged into."""
    found = db.session.scalar(query)
    if found is None or found.merged_into_id is None:
        return found
    return get(found.merged_into_id)


def _new_code() -> str:
    return "".join(secrets.choice(people.CODE_ALPHABET) for _ in range(people.CODE_LENGTH))
