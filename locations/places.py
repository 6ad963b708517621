"""Places: locations, their tax rates and legal entities, and how far their days have come."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from config.calendar import local_date
from config.db import db
from config.errors import NotFound, Refused, invalid_field
from config.ids import new_id
from config.money import minor_digits
from locations import policy
from locations.models import LegalEntity, Location


def get(location_id: UUID) -> Location:
    """The location; NotFound if there is none."""
    location = db.session.get(Location, location_id)
    if location is None:
        raise NotFound("location")
    return location


def held(location_id: UUID) -> Location:
    """The location, held until the transaction ends by whoever else would hold it; NotFound.

    Nobody waits who only writes rows that name it.
    """
    query = sa.select(Location).where(Location.id == location_id).with_for_update(key_share=True)
    location = db.session.scalar(query.execution_options(populate_existing=True))
    if location is None:
        raise NotFound("location")
    return location


def find(slug: str) -> Location:
    """The location with this slug; NotFound if there is none."""
    location = db.session.scalar(sa.select(Location).where(Location.slug == slug))
    if location is None:
        raise NotFound("location")
    return location


def all_ones() -> list[Location]:
    """Every location ever opened, by name."""
    return list(db.session.scalars(sa.select(Location).order_by(Location.name)))


def open_ones() -> list[Location]:
    """The locations that are not closed, by name."""
    return [location for location in all_ones() if location.closed_on is None]


def business_date(location: Location, now: datetime) -> date:
    """The date on the wall of the location."""
    return local_date(now, location.zone)


def open_place(
    *,
    slug: str,
    name: str,
    zone: str,
    currency: str,
    jurisdiction: str,
    address: str,
    number_prefix: str,
    legal_entity: str,
    stripe_account: str,
    opened_on: date,
) -> Location:
    """Open a location; its legal entity is made on first mention.

    Raises Invalid for a zone, currency or jurisdiction that is unknown, Refused for a name in use.
    """
    _require_zone(zone)
    _require_currency(currency)
    if jurisdiction not in policy.jurisdictions():
        raise invalid_field("/jurisdiction", f"must be one of {', '.join(policy.jurisdictions())}")
    taken = sa.or_(Location.slug == slug, Location.number_prefix == number_prefix)
    if db.session.scalar(sa.select(Location.id).where(taken)):
        raise Refused("location_exists", "A location with this short name or prefix exists.")
    location = Location(
        id=new_id(),
        slug=slug,
        name=name,
        zone=zone,
        currency=currency,
        jurisdiction=jurisdiction,
        address=address,
        number_prefix=number_prefix,
        legal_entity_id=_legal_entity(legal_entity, stripe_account=stripe_account).id,
        opened_on=opened_on,
        closed_on=None,
    )
    db.session.add(location)
    db.session.flush()
    return location


def announce_closing(location_id: UUID, *, closes_on: date, on: date) -> Location:
    """A studio will sell nothing more from a date on, and its plans end then.

    Raises Invalid for a date that is not to come, Refused where one was announced before.
    """
    location = get(location_id)
    if location.closes_on is not None:
        raise Refused("closing_announced", "The closing of this studio was announced before.")
    if closes_on <= on:
        raise invalid_field("/closes_on", "Choose a day to come.")
    location.closes_on = closes_on
    db.session.flush()
    return location


def has_closed(location: Location, on: date) -> bool:
    """Whether the studio sells nothing more on a date."""
    ends = [day for day in (location.closes_on, location.closed_on) if day is not None]
    return any(day <= on for day in ends)


def stripe_account_of(location: Location) -> str:
    """The name under which the settings keep this location's Stripe account."""
    return db.session.get_one(LegalEntity, location.legal_entity_id).stripe_account


def _legal_entity(name: str, *, stripe_account: str) -> LegalEntity:
    entity = db.session.scalar(sa.select(LegalEntity).where(LegalEntity.name == name))
    if entity is None:
        entity = LegalEntity(id=new_id(), name=name, stripe_account=stripe_account)
        db.session.add(entity)
        db.session.flush()
    return entity


def _require_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid_field("/zone", "is not an IANA time zone") from None


def _require_currency(currency: str) -> None:
    try:
        minor_digits(currency)
    except ValueError:
        raise invalid_field("/currency", "is not a currency code") from None
