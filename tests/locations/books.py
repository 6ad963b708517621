"""Events as the books see them, short to write: what tests of reports and locks are told in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

from config.audit import Actor
from config.db import db, transaction
from config.doctor import Doctor
from locations import closing_books, doctor, doctor_months, ledger
from locations.models import Location
from locations.months_asked import Asked
from locations.rules.claims import credit_note, payment, sale
from locations.rules.deliveries import expiry, redemption
from locations.rules.entries import Entry, SaleLine

ACCOUNTANT = Actor(None, "accountant")


def noon(day: date) -> datetime:
    """Noon in UTC of a date."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def book(*entries: Entry, now: datetime) -> None:
    """Post them in a transaction of their own."""
    with transaction():
        ledger.post(entries, now=now)


def sold(place: Location, on: date, *, net=9900, tax=1025, product="STARTER-3", invoice=None):
    """A sale of sessions."""
    lines = [SaleLine(product, "deferred_sessions", net, f"{place.name} sales tax", tax)]
    return sale(
        invoice_id=invoice or uuid4(),
        on=on,
        currency="USD",
        location_id=place.id,
        home_at=place.id,
        lines=lines,
    )


def paid(place: Location, on: date, *, cents=10925):
    """A card payment."""
    return payment(
        payment_id=uuid4(),
        on=on,
        currency="USD",
        location_id=place.id,
        amount_cents=cents,
        invoice_id=uuid4(),
    )


def used(sold_at: Location, given_at: Location, on: date, *, cents=3300, product="STARTER-3"):
    """A session."""
    return redemption(
        entry_id=uuid4(),
        on=on,
        currency="USD",
        sold_at=sold_at.id,
        delivered_at=given_at.id,
        value_cents=cents,
        product=product,
        home_at=sold_at.id,
    )


def expired(place: Location, on: date, *, cents=3300, to="breakage", product="STARTER-3"):
    """Sessions that ended unused."""
    return expiry(
        source_id=uuid4(),
        on=on,
        currency="USD",
        location_id=place.id,
        value_cents=cents,
        to=to,
        product=product,
    )


def credited(place: Location, on: date, *, net, tax, owed="refunds_due", product="STARTER-3"):
    """A credit note."""
    return credit_note(
        credit_note_id=uuid4(),
        on=on,
        currency="USD",
        location_id=place.id,
        lines=[SaleLine(product, "deferred_sessions", net, f"{place.name} sales tax", tax)],
        owed=owed,
        invoice_id=uuid4(),
    )


def lock(month: date, *, now: datetime) -> None:
    """Lock a month in a transaction of its own."""
    with transaction():
        closing_books.lock(month, by=ACCOUNTANT, now=now)


def asked(*places: Location, first: date, last: date) -> Asked:
    """Months and locations of a report."""
    return Asked(first, last, list(places), noon(last))


def findings(*codes: str) -> dict[str, tuple[str, ...]]:
    """What the doctor finds of the books."""
    examined = Doctor()
    doctor.register(examined)
    doctor_months.register(examined)
    db.session.rollback()
    return {f.code: f.violations for f in examined.examine(codes=codes)}
