"""A small group for these tests: two studios, their price list, and people who buy from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from config.calendar import Interval
from config.db import db, transaction
from config.ids import new_id
from locations import places
from locations.models import LedgerRollup, Location
from membership.catalogue import catalog, product_versions
from membership.models import CreditGrant, MemberPack, Membership, Visit
from membership.packs import packs
from membership.people import members
from membership.rules.catalog import PlanPriceTag
from membership.rules.people import folded
from membership.visits import visits
from tests.support.remembered import remembered

BEGIN = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Shop:
    """Keys of what the group has and sells."""

    seattle: UUID
    boise: UUID
    starter: UUID
    extension: UUID
    booster: UUID
    maint_2: UUID
    unlimited: UUID


def noon(month: int, day: int, *, year: int = 2027) -> datetime:
    """Noon in Seattle, which is 20:00 UTC in winter."""
    return datetime(year, month, day, 20, tzinfo=UTC)


@remembered
def open_shop() -> Shop:
    """Seattle under the rules of Washington, Boise under those of no state in particular."""
    with transaction():
        seattle = _place("seattle", "America/Los_Angeles", "US-WA", "SEA")
        boise = _place("boise", "America/Boise", "US-default", "BOI")
        both = (seattle.id, boise.id)
        return Shop(
            seattle=seattle.id,
            boise=boise.id,
            starter=_pack("STARTER-3", "starter", 3, 10, 14, 9900, both),
            extension=_pack("EXTENSION-1", "extension", 1, 10, 14, 3300, both),
            booster=_pack("BOOSTER-3", "booster", 3, 60, 30, 10000, both),
            maint_2=_plan("MAINT-2", 2, 7900, both),
            unlimited=_plan("UNLIMITED", None, 18600, both),
        )


def join(home: UUID, name: str = "Ada Lovelace", *, phone: str | None = None) -> UUID:
    """A new member on January 4, whose address follows from the first name."""
    first = "".join(c for c in folded(name).split()[0] if c.isascii() and c.isalnum())
    with transaction():
        return members.register(
            account_id=None,
            name=name,
            email=f"{first}@example.com",
            phone=phone,
            home_id=home,
            now=noon(1, 4),
        ).id


def buy(member_id: UUID, version: UUID, place: UUID, now: datetime) -> UUID:
    """A pack, paid."""
    with transaction():
        pack = packs.open_draft(
            member_id=member_id, pack_version_id=version, location_id=place, now=now
        )
        on = places.business_date(places.get(place), now)
        assert packs.paid(pack.id, on=on, now=now) == "granted"
        return pack.id


def come(member_id: UUID, place: UUID, now: datetime, *, key: str | None = None) -> Visit:
    """A check-in."""
    with transaction():
        return visits.check_in(
            member_id, location_id=place, by_account_id=None, request_key=key, now=now
        )


def hold_plan(member_id: UUID, version: UUID, place: UUID, status: str) -> UUID:
    """A membership in a status, in the period of January 1, with nothing issued."""
    pending = status == "pending"
    with transaction():
        membership = Membership(
            id=new_id(),
            member_id=member_id,
            location_id=place,
            plan_version_id=version,
            price_cents=7900,
            currency="USD",
            status=status,
            anchor=date(2027, 1, 1),
            anchor_day=1,
            next_n=0 if pending else 1,
            next_due_on=date(2027, 1, 1) if pending else date(2027, 2, 1),
            period_start=None if pending else date(2027, 1, 1),
            period_end=None if pending else date(2027, 2, 1),
            ended_on=date(2027, 1, 3) if status == "ended" else None,
            created_at=noon(1, 1),
        )
        db.session.add(membership)
        db.session.flush()
        return membership.id


def pack_now(pack_id: UUID) -> MemberPack:
    """The pack as the database has it."""
    return db.session.get_one(MemberPack, pack_id, populate_existing=True)


def grant_now(source_id: UUID) -> CreditGrant:
    """The grant of a pack or period as the database has it."""
    query = sa.select(CreditGrant).where(CreditGrant.source_id == source_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def booked(account: str, place: UUID, *, on: date | None = None) -> int:
    """What an account of a place has gained, credit positive, in all or on one day."""
    query = sa.select(sa.func.sum(LedgerRollup.credit_cents - LedgerRollup.debit_cents)).where(
        LedgerRollup.account == account, LedgerRollup.location_id == place
    )
    if on is not None:
        query = query.where(LedgerRollup.business_day == on)
    return int(db.session.scalar(query) or 0)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def _place(slug: str, zone: str, jurisdiction: str, prefix: str) -> Location:
    return places.open_place(
        slug=slug,
        name=slug.title(),
        zone=zone,
        currency="USD",
        jurisdiction=jurisdiction,
        address="1 Main Street",
        number_prefix=prefix,
        legal_entity="Group",
        stripe_account="main",
        opened_on=BEGIN,
    )


def _pack(
    code: str,
    kind: catalog.PackKind,
    sessions: int,
    window_days: int,
    first_use_days: int,
    cents: int,
    where: tuple[UUID, ...],
) -> UUID:
    pack = product_versions.create_pack(code=code, kind=kind, name=code.title())
    return product_versions.new_pack_version(
        pack.id,
        sessions=sessions,
        window_days=window_days,
        first_use_days=first_use_days,
        prices=dict.fromkeys(where, cents),
        effective_from=BEGIN,
    ).id


def _plan(code: str, allowance: int | None, cents: int, where: tuple[UUID, ...]) -> UUID:
    plan = product_versions.create_plan(code=code, name=code.title(), tier=1)
    return product_versions.new_plan_version(
        plan.id,
        interval=Interval(1, "month"),
        allowance=allowance,
        rollover_cap=0,
        rollover_periods=0,
        prices=dict.fromkeys(where, PlanPriceTag(cents)),
        effective_from=BEGIN,
    ).id
