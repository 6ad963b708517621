"""A group of studios that a story is told in: its clock, its timetable, its people, its Stripe.

Everything happens through the product's own services and jobs, and every payment over HTTP at
the stand-in for Stripe. Times are texts as they stand on a studio's wall: "2027-01-14 09:00".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Flask

from billing import day, timetable
from billing.day import DayWork
from billing.gateway import Gateway
from billing.joining import choices, joining
from billing.leaving import endings
from billing.models import StripeCustomer
from billing.payments import hosted
from config import clock as time_of
from config import mail_delivery
from config.audit import Actor
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db, run_txn
from config.models import JobState
from locations import places
from locations.models import Location
from membership.agreements import consents, documents
from membership.endings.endings import CancelOutcome
from membership.models import Visit
from membership.plans import membership_rows
from membership.rules.documents import KINDS
from membership.visits import visits
from stripe_sandbox.launch import Running
from tests.support.studio import Studio

ADDRESS, AGENT = "203.0.113.7", "a browser"
# When the jobs look at a day that is lived through. They do what has come due since, as after a
# nap of the clock; a story that needs another hour goes there.
NINE = (time(9),)
EIGHT_AND_NINE = (time(8), time(9))
MAILS = 500


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who joined: their member and account, and the studio they call home."""

    name: str
    email: str
    member_id: UUID
    account_id: UUID
    home: str


@dataclass
class Story:
    """One clock for us and for Stripe, the reference group, and what people do there."""

    app: Flask
    clock: SimulatedClock
    leases: ManualLeaseClock
    stripe: Running
    gateway: Gateway
    studio: Studio
    numbers: Iterator[int] = field(default_factory=count)

    def place(self, slug: str) -> Location:
        """A studio of the group."""
        return self.studio.places[slug]

    def go(self, wall: str, at: str = "sea") -> datetime:
        """Put both clocks to what the wall of a studio shows; nothing happens by itself."""
        return self.go_to(instant_of(wall, self.place(at).zone))

    def go_to(self, instant: datetime) -> datetime:
        """Put both clocks to an instant."""
        self.clock.set(instant)
        self.stripe.control("POST", "clock", {"now": instant.isoformat()})
        return instant

    def today(self, at: str) -> date:
        """The date on a studio's wall."""
        return places.business_date(self.place(at), time_of.now())

    def work(self, *slugs: str) -> list[DayWork]:
        """Let the jobs of these studios (of all, if none is named) run once, and mail leave."""
        done = [day.work(self.place(slug).id) for slug in slugs or self.studio.places]
        mail_delivery.deliver_due(time_of.now(), MAILS)
        return done

    def tick(self) -> None:
        """Everything the timetable asks for, once, as its clock does; no job may fail."""
        for entry in timetable.TIMETABLE:
            timetable.tick(entry)
        failed = sa.select(JobState.name, JobState.error).where(JobState.error.is_not(None))
        assert db.session.execute(failed).all() == []

    def live(self, until: str, at: str = "sea", *, looks: Sequence[time] = NINE) -> None:
        """Let the jobs of one studio run day by day at these hours, and at the last moment."""
        zone = self.place(at).zone
        end = instant_of(until, zone)
        for instant in _looks(time_of.now(), end, zone, looks):
            self.go_to(instant)
            self.work(at)

    def join(
        self,
        name: str,
        choice: str,
        *,
        at: str = "sea",
        agrees_to: str | None = None,
        password: str | None = None,
        phone: str | None = None,
        card: str = "pm_card_visa",
        code: str = "",
    ) -> Person:
        """Join with a pack or a plan and pay on the hosted page; the box is ticked or not.

        A promotion's `code` makes it cheaper.
        """
        home, now = self.place(at), time_of.now()
        on_sale = choices.packs_on_sale(home, now=now) + choices.plans_on_sale(home, now=now)
        (listed,) = [one for one in on_sale if one.terms.code == choice]
        chosen = choices.cheaper(listed, code, home, now=now)
        versions = {one.terms.code: choices.version_of(one.terms) for one in on_sale}
        words = choices.wordings(chosen, home, now=now)
        agreed = agrees_to or (choice if chosen.pack_version_id is None else None)
        email = f"{name.lower().replace(' ', '.')}@example.com"
        person = joining.Person(None, None, name, email, phone or self._phone(), password)
        signature = joining.Signature(
            name, tuple(documents.current(kind, location_id=home.id) for kind in KINDS), ADDRESS,
            AGENT,
        )  # fmt: skip
        enrolled = run_txn(
            lambda: joining.enrol(
                person,
                location=home,
                choice=chosen,
                agreed=words[versions[agreed]] if agreed else None,
                signature=signature,
                now=now,
            )
        )
        page = hosted.open_page(enrolled.placed.attempt_id, gateway=self.gateway, now=now)
        self.pay(page, card=card)
        return Person(name, email, enrolled.member.id, enrolled.account.id, at)

    def pay(self, page: str, *, card: str = "pm_card_visa") -> None:
        """Fill in a hosted page and come back from it."""
        session_id = page.rpartition("/")[2]
        self.stripe.control("POST", f"checkout/{session_id}/pay", {"token": card})
        hosted.finish(session_id, gateway=self.gateway, now=time_of.now())

    def come(self, who: Person, *, at: str | None = None) -> Visit:
        """Be checked in at a desk; Refused as the desk would see it."""
        return run_txn(
            lambda: visits.check_in(
                who.member_id,
                location_id=self.place(at or who.home).id,
                by_account_id=None,
                request_key=None,
                now=time_of.now(),
            )
        )

    def cancel(self, who: Person) -> CancelOutcome:
        """Cancel one's plan on one's own page."""
        plan = membership_rows.live_for(who.member_id)
        assert plan is not None
        return endings.cancel(
            plan.id,
            on=self.today(who.home),
            by=Actor(who.account_id, "member"),
            gateway=self.gateway,
        )

    def take_back(self, who: Person) -> None:
        """Withdraw the consent that waits for its plan."""
        (consent,) = [c for c in consents.of_member(who.member_id) if c.state == "given"]
        by, now = Actor(who.account_id, "member"), time_of.now()
        run_txn(lambda: consents.withdraw(consent.id, member_id=who.member_id, by=by, now=now))

    def bank_says(self, who: Person, *steps: dict[str, Any]) -> None:
        """Script how the bank will answer charges of this person."""
        owner = db.session.scalars(
            sa.select(StripeCustomer.customer_id).where(StripeCustomer.member_id == who.member_id)
        ).one()
        self.stripe.control("POST", "scripts", {"customer": owner, "steps": list(steps)})

    def _phone(self) -> str:
        return f"+1206555{1000 + next(self.numbers)}"


def instant_of(wall: str, zone: str) -> datetime:
    """The instant at which a wall shows this; of two, the first, and none that is skipped."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))


def _looks(begin: datetime, end: datetime, zone: str, hours: Sequence[time]) -> Iterator[datetime]:
    on = begin.astimezone(ZoneInfo(zone)).date()
    while on <= end.astimezone(ZoneInfo(zone)).date():
        for at in hours:
            instant = datetime.combine(on, at, ZoneInfo(zone))
            if begin < instant < end:
                yield instant
        on += timedelta(days=1)
    yield end
