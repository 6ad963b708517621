"""What stands written at the end of a story: invoices, Stripe's takings, books, letters, plans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from billing.models import Invoice
from config.calendar import month_of
from config.db import db
from config.models import OutboxMessage
from locations import revenue
from locations.models import LedgerRollup
from locations.revenue import RevenueReport, RevenueRow
from membership.models import Consent, CreditEntry, CreditGrant, Member, MemberPack, Membership
from stripe_sandbox.launch import Running
from tests.support.story import Person, Story


@dataclass(frozen=True, slots=True)
class Bill:
    """A finalised invoice as its member reads it; amounts in cents."""

    reason: str
    issued_on: date
    net_cents: int
    tax_cents: int
    total_cents: int
    state: str
    consent_id: UUID | None


def bills(who: Person) -> list[Bill]:
    """Every invoice of a person that was finalised, oldest first; drafts are none."""
    query = (
        sa.select(Invoice)
        .where(Invoice.member_id == who.member_id, Invoice.state != "draft")
        .order_by(Invoice.issued_on, Invoice.id)
        .execution_options(populate_existing=True)
    )
    return [
        Bill(
            row.reason, row.issued_on, row.net_cents, row.tax_cents, row.total_cents, row.state,
            row.consent_id,
        )
        for row in db.session.scalars(query)
    ]  # fmt: skip


def taken(story: Story) -> list[int]:
    """What Stripe says that it collected, oldest first, in cents: one entry a charge."""
    paid = [intent for intent in _intents(story.stripe) if intent["status"] == "succeeded"]
    return [one["amount"] for one in sorted(paid, key=lambda one: (one["created"], one["id"]))]


def _intents(stripe: Running) -> Iterator[dict[str, Any]]:
    """All of them, page by page; asked without the SDK, which takes ten times as long."""
    host, headers = (
        stripe.url.removeprefix("http://"),
        {"Authorization": f"Bearer {stripe.api_key}"},
    )
    after = ""
    with closing(HTTPConnection(host)) as connection:
        while True:
            connection.request("GET", f"/v1/payment_intents?limit=100{after}", headers=headers)
            page = json.loads(connection.getresponse().read())
            yield from page["data"]
            if not page["has_more"]:
                return
            after = f"&starting_after={page['data'][-1]['id']}"


def booked(
    story: Story, account: str, slug: str, *, on: date | None = None, kind: str | None = None
) -> int:
    """What an account of a studio moved, on one day or ever; credits positive, in cents."""
    net = sa.func.sum(LedgerRollup.credit_cents - LedgerRollup.debit_cents)
    query = sa.select(sa.cast(net, sa.BigInteger)).where(
        LedgerRollup.location_id == story.place(slug).id, LedgerRollup.account == account
    )
    if on is not None:
        query = query.where(LedgerRollup.business_day == on)
    if kind is not None:
        query = query.where(LedgerRollup.kind == kind)
    return db.session.scalar(query) or 0


def report(story: Story, first: date, last: date | None = None) -> RevenueReport:
    """The owner's revenue page of all studios, for these months."""
    ids = [place.id for place in story.studio.places.values()]
    return revenue.by_month(location_ids=ids, first=first, last=last or first)


def month(story: Story, slug: str, on: date) -> RevenueRow:
    """One studio's row of that page, for the month of a date."""
    (row,) = [r for r in report(story, month_of(on)).rows if r.slug == slug]
    return row


def letters(who: Person, template: str) -> list[OutboxMessage]:
    """The mails of one kind to a person, oldest first."""
    query = (
        sa.select(OutboxMessage)
        .join(Member, Member.email == OutboxMessage.to_address)
        .where(Member.id == who.member_id, OutboxMessage.template == template)
        .order_by(OutboxMessage.created_at, OutboxMessage.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def left_at(letter: OutboxMessage, zone: str) -> str:
    """When a mail left, as the wall in a zone showed it."""
    assert letter.sent_at is not None
    return f"{letter.sent_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def plans(who: Person) -> list[Membership]:
    """Every plan a person ever held, oldest first."""
    query = sa.select(Membership).where(Membership.member_id == who.member_id)
    return list(
        db.session.scalars(query.order_by(Membership.id).execution_options(populate_existing=True))
    )


def the_consent(who: Person) -> Consent:
    """The one consent a person gave."""
    query = sa.select(Consent).where(Consent.member_id == who.member_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def pack(who: Person) -> MemberPack:
    """The one pack a person bought."""
    query = sa.select(MemberPack).where(MemberPack.member_id == who.member_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def movements(who: Person, kind: str) -> list[tuple[date, int, int]]:
    """A person's credit entries of a kind: date, credits, cents; oldest first."""
    query = (
        sa.select(CreditEntry.occurred_on, CreditEntry.quantity, CreditEntry.value_cents)
        .join(CreditGrant, CreditGrant.id == CreditEntry.grant_id)
        .where(CreditGrant.member_id == who.member_id, CreditEntry.kind == kind)
        .order_by(CreditEntry.at, CreditEntry.id)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def complaints(story: Story) -> list[str]:
    """What the doctor finds wrong with the books, the credits, the invoices and the runs."""
    findings = story.app.extensions["taper.doctor"].examine()
    return [f"{one.code}: {violation}" for one in findings for violation in one.violations]
