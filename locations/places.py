"""Places: locations, their tax rates and legal entities, and how far their days have come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from config.calendar import local_date
from config.db import carry_out, core, db, dialect, table_of
from config.errors import NotFound, Refused, invalid_field
from config.ids import new_id
from config.money import PPM, minor_digits
from config.statements import Statement
from locations import policy
from locations.models import LegalEntity, Location, LocationDay, TaxRate
from locations.rules.days import DaysDue
from locations.rules.days import days_due as days_still_due
from locations.rules.tax_rates import DatedRate, TaxRateValue, in_force
from locations.upsert import insert_or

PRODUCT_CLASSES = ("pack", "plan", "fee")

# Built once: every price shown asks it.
_RATES = sa.select(
    TaxRate.product_class, TaxRate.effective_from, TaxRate.name, TaxRate.rate_ppm
).where(TaxRate.location_id == sa.bindparam("location"))


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


def set_tax_rate(
    *, location_id: UUID, product_class: str, name: str, rate_ppm: int, effective_from: date
) -> TaxRate:
    """Let a rate hold from a date on; what was invoiced before keeps its own.

    Raises Invalid outside 0 to under 100 %, Refused where a rate begins that day already.
    """
    if product_class not in PRODUCT_CLASSES:
        raise invalid_field("/product_class", f"must be one of {', '.join(PRODUCT_CLASSES)}")
    if not 0 <= rate_ppm < PPM:
        raise invalid_field("/rate_ppm", "must be from 0 to under 100 %")
    same = sa.select(TaxRate.id).where(
        TaxRate.location_id == location_id,
        TaxRate.product_class == product_class,
        TaxRate.effective_from == effective_from,
    )
    if db.session.scalar(same):
        raise Refused("rate_begins_already", "A rate begins on that day already.")
    rate = TaxRate(
        id=new_id(),
        location_id=location_id,
        product_class=product_class,
        name=name,
        rate_ppm=rate_ppm,
        effective_from=effective_from,
    )
    db.session.add(rate)
    db.session.flush()
    return rate


def tax_rates(location_id: UUID, *, on: date) -> Mapping[str, TaxRateValue]:
    """The rate that holds on a date for "pack", "plan" and "fee"; a class may have none."""
    dated = [
        DatedRate(row.product_class, row.effective_from, TaxRateValue(row.name, row.rate_ppm))
        for row in core(_RATES, {"location": location_id})
    ]
    return in_force(dated, on=on)


def days_due(location: Location, *, now: datetime, max_jump_days: int) -> DaysDue:
    """The business dates whose work is not over, oldest first; today stays due all day.

    Writes down since when a location is held; `release_hold` lets it go on.
    """
    day = _day_of(location.id)
    due = days_still_due(
        high_water=day.high_water if day else None,
        today=business_date(location, now),
        max_jump_days=max_jump_days,
    )
    if day is not None and due.held and day.held_since is None:
        day.held_since = now
        db.session.flush()
    return due


def reached(location_id: UUID, on: date) -> None:
    """A date's work is done. An earlier date than one already reached changes nothing."""
    carry_out(_reaching(dialect()), location=location_id, on=on)


@cache
def _reaching(_dialect: str) -> Statement:
    insert = insert_or(LocationDay).values(
        location_id=sa.bindparam("location"), high_water=sa.bindparam("on"), held_since=None
    )
    return Statement(
        insert.on_conflict_do_update(
            index_elements=["location_id"],
            set_={"high_water": insert.excluded.high_water, "held_since": None},
            where=table_of(LocationDay).c.high_water < insert.excluded.high_water,
        )
    )


def release_hold(location_id: UUID, *, resume_on: date) -> None:
    """A person has looked at the clock: go on from `resume_on`; what is older is due on it.

    Refused unless the location is held; never goes back behind what was reached.
    """
    day = _day_of(location_id)
    if day is None or day.held_since is None:
        raise Refused("not_held", "This location is not held.")
    if resume_on <= day.high_water:
        raise invalid_field("/resume_on", "must be after the last finished day")
    day.high_water = date.fromordinal(resume_on.toordinal() - 1)
    day.held_since = None
    db.session.flush()


def held_ones() -> list[Location]:
    """Locations whose jobs wait for a person, because time leapt."""
    query = sa.select(Location).join(LocationDay).where(LocationDay.held_since.is_not(None))
    return list(db.session.scalars(query.order_by(Location.name)))


def _day_of(location_id: UUID) -> LocationDay | None:
    # Anew, not from the session: `reached` writes past it.
    return db.session.get(LocationDay, location_id, populate_existing=True)


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
