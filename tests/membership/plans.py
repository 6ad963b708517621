"""What these tests do with plans, the way a billing run and a clock would."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from config import mail_delivery
from config.db import db, insert_many, transaction
from config.doctor import Doctor
from config.ids import new_id
from config.models import OutboxMessage
from locations import ledger
from locations.rules import claims
from locations.rules.entries import SaleLine
from membership import jobs
from membership.agreements import consent_words, consents
from membership.credits import credits
from membership.invariants import doctor
from membership.models import (
    Consent,
    MemberPack,
    Membership,
    MembershipPeriod,
    Pack,
    PackVersion,
)
from membership.plans import charges, memberships, periods, renewals
from membership.rules.due import Due, DueBatch
from tests.membership.shop import noon


def begin(member_id: UUID, version: UUID, place: UUID, on: date) -> UUID:
    """A pending plan that follows a starter, whose days before this story are not told."""
    with transaction():
        starter = db.session.scalars(
            sa.select(PackVersion.id).join(Pack).where(Pack.kind == "starter")
        ).one()
        spent = {
            "id": new_id(),
            "member_id": member_id,
            "pack_version_id": starter,
            "sold_at": place,
            "price_cents": 9900,
            "currency": "USD",
            "state": "spent",
            "created_at": midday(on),
        }
        insert_many(MemberPack, [spent])
        return memberships.start(
            member_id=member_id,
            plan_version_id=version,
            location_id=place,
            consent_id=None,
            on=on,
            now=midday(on),
            member_pack_id=spent["id"],
        ).id


def live(member_id: UUID, version: UUID, place: UUID, on: date) -> UUID:
    """A plan bought and paid at once, with the member present."""
    with transaction():
        membership = memberships.start(
            member_id=member_id,
            plan_version_id=version,
            location_id=place,
            consent_id=None,
            on=on,
            now=midday(on),
        )
        due = periods.first_due(membership.id, period_id=new_id())
        renewals.advance([due], now=midday(on))
        _book(due, on)
    pay(membership.id, on)
    return membership.id


def bill(place: UUID, on: date, *, limit: int = 500, skip: Collection[UUID] = ()) -> DueBatch:
    """Issue what is due, as a billing run does: periods, credits, and the books without tax."""
    with transaction():
        batch = charges.claim_due(place, on=on, limit=limit, skip=skip)
        renewals.advance(batch.dues, now=midday(on))
        for due in batch.dues:
            _book(due, on)
            if due.reason == "renewal":
                credits.grant_many(periods.grant_for(due, state="provisional"), now=midday(on))
    return batch


def pay(membership_id: UUID, on: date) -> None:
    """The newest period is paid."""
    with transaction():
        period = newest_period(membership_id)
        if plan_now(membership_id).status == "pending":
            credits.grant_many(periods.firm_grant(period.id), now=midday(on))
        credits.make_firm(period.id, "period")
        memberships.payment_succeeded(membership_id, on=on, now=midday(on))


def decline(membership_id: UUID, on: date) -> None:
    """The newest period is declined."""
    with transaction():
        end = newest_period(membership_id).end
        memberships.payment_failed(membership_id, period_end=end, on=on, now=midday(on))


def agree(member_id: UUID, version: UUID, place: UUID, pack_id: UUID, pack_version: UUID) -> UUID:
    """The unticked box, ticked: a consent for a plan after the starter."""
    with transaction():
        shown = consent_words.wording(
            plan_version_id=version,
            location_id=place,
            pack_version_id=pack_version,
            on=date(2027, 1, 4),
        )
        return consents.give(
            member_id=member_id,
            plan_version_id=version,
            location_id=place,
            tax_cents=shown.tax_cents,
            text=shown.text,
            text_version=shown.version,
            member_pack_id=pack_id,
            now=noon(1, 4),
            by_account_id=None,
            address="203.0.113.7",
            agent="a browser",
        ).id


def live_through(place: UUID, first: date, last: date, *, hour: int = 20) -> None:
    """Every day's jobs, each day at the hour (UTC), with mail that leaves at once."""
    day = first
    while day <= last:
        work(place, day, noon(day.month, day.day, year=day.year).replace(hour=hour))
        day += timedelta(days=1)


def work(place: UUID, on: date, now: datetime) -> None:
    """One day's jobs, the mail, and the jobs once more, as a clock would ask for them."""
    jobs.work(place, on=on, now=now)
    mail_delivery.deliver_due(now)
    jobs.work(place, on=on, now=now)


def plan_now(membership_id: UUID) -> Membership:
    """The membership as the database has it."""
    return db.session.get_one(Membership, membership_id, populate_existing=True)


def consent_now(consent_id: UUID) -> Consent:
    """The consent as the database has it."""
    return db.session.get_one(Consent, consent_id, populate_existing=True)


def newest_period(membership_id: UUID) -> MembershipPeriod:
    """The period issued last."""
    query = sa.select(MembershipPeriod).where(MembershipPeriod.membership_id == membership_id)
    query = query.order_by(MembershipPeriod.n.desc()).execution_options(populate_existing=True)
    found = db.session.scalars(query).first()
    assert found is not None
    return found


def mails(template: str) -> list[OutboxMessage]:
    """Messages of a kind, oldest first."""
    query = sa.select(OutboxMessage).where(OutboxMessage.template == template)
    query = query.order_by(OutboxMessage.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def complaints() -> list[str]:
    """What the doctor says about plans, each with its code."""
    visiting = Doctor()
    doctor.register(visiting)
    return [f"{f.code}: {text}" for f in visiting.examine() for text in f.violations]


def midday(on: date) -> datetime:
    return noon(on.month, on.day, year=on.year)


def _book(due: Due, on: date) -> None:
    account = "deferred_time" if due.allowance is None else "deferred_sessions"
    sale = claims.sale(
        invoice_id=due.period_id,
        on=on,
        currency=due.currency,
        location_id=due.location_id,
        home_at=due.location_id,
        lines=[SaleLine(due.product, account, due.price_cents, "", 0)],
    )
    ledger.post([sale], now=midday(on))
