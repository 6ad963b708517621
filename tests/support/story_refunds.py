"""What stories about money that goes back share: buying, sending, and what stands then."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa

from billing.invariants.doctor_refunds import refund_findings
from billing.leaving import exits
from billing.models import Invoice, Payment, Refund
from billing.payments import hosted
from billing.refunds import refund_grants, refund_sends, refund_terms
from billing.refunds.refund_grants import Wish
from billing.refunds.refund_terms import Terms
from billing.refunds.refunds_owed import Quote
from billing.sales import sales
from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from locations import people, places
from membership.models import Charge, MemberPack
from tests.support.story import Person, Story
from tests.support.story_facts import complaints


def buy(story: Story, who: Person, code: str, *, at: str | None = None) -> MemberPack:
    """A pack, bought and paid on the card page."""
    now = time_of.now()
    placed = run_txn(
        lambda: sales.place_pack(
            member_id=who.member_id,
            pack_version_id=story.studio.packs[code],
            location_id=story.place(at or who.home).id,
            now=now,
        )
    )
    story.pay(hosted.open_page(placed.attempt_id, gateway=story.gateway, now=now))
    return newest_pack(who)


def newest_pack(who: Person) -> MemberPack:
    query = sa.select(MemberPack).where(MemberPack.member_id == who.member_id)
    query = query.order_by(MemberPack.id.desc()).limit(1)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def invoice_of(pack: MemberPack) -> Invoice:
    query = sa.select(Invoice).where(Invoice.source_id == pack.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def newest_invoice(who: Person) -> Invoice:
    query = sa.select(Invoice).where(Invoice.member_id == who.member_id)
    query = query.order_by(Invoice.id.desc()).limit(1)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def give_pack_back(story: Story, pack: MemberPack, by: Actor) -> Quote:
    """The member's own click on it: what is unused goes back."""
    on = story.today(next(s for s, p in story.studio.places.items() if p.id == pack.sold_at))
    return exits.leave_pack(pack.id, "refund_unused", on=on, by=by)


def quoted(invoice: Invoice, terms: Terms) -> Quote:
    """What the page shows."""
    place = places.get(invoice.location_id)
    return refund_terms.quote(invoice, terms, on=places.business_date(place, time_of.now()))


def wish(invoice: Invoice, terms: Terms, *, key: UUID | None = None) -> Wish:
    """The form as it is sent after the page was seen."""
    cents = quoted(invoice, terms).refund_cents
    return Wish(invoice.id, terms, cents, "it was cold", key or uuid4())


def granted(story: Story, wanted: Wish, *, by: str = "owner") -> Quote:
    """Somebody of the staff gives it back."""
    account = story.studio.staff[by]
    actor = Actor(account.id, account.name)
    grants = people.grants_of(account.id)
    return run_txn(
        lambda: refund_grants.grant(
            wanted, asked_by=None, grants=grants, by=actor, now=time_of.now()
        )
    )


def owed(who: Person) -> list[tuple[int, str]]:
    """Promises to a person, oldest first: how much, tax included, and their state."""
    query = sa.select(Charge).where(Charge.member_id == who.member_id, Charge.kind == "refund_owed")
    rows = db.session.scalars(query.order_by(Charge.id).execution_options(populate_existing=True))
    return [(-row.net_cents - row.tax_cents, row.state) for row in rows]


def rows(*, order: str = "id") -> list[Refund]:
    """Every refund, oldest first."""
    query = sa.select(Refund).order_by(getattr(Refund, order))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def states() -> list[tuple[str, int, str]]:
    """Every refund: its tender, amount and state."""
    return [(row.tender, row.amount_cents, row.state) for row in rows()]


def sent_back(story: Story) -> list[int]:
    """What Stripe says that it sent back, oldest first, in cents; not what failed."""
    found = story.gateway.refunds_created(since=0, until=1 << 40)
    alive = [one for one in found if one.status in ("succeeded", "pending")]
    return [one.amount_cents for one in sorted(alive, key=lambda one: (one.created, one.id))]


def payments(invoice_id: UUID) -> list[tuple[str, int, int]]:
    """An invoice's payments: tender, amount, and how much of it goes back."""
    query = sa.select(Payment).where(Payment.invoice_id == invoice_id).order_by(Payment.id)
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return [(one.tender, one.amount_cents, one.refunded_cents) for one in found]


def send_all() -> None:
    """What the timetable asks for every minute."""
    refund_sends.work()


def sound(story: Story, *, asked_at: datetime | None = None) -> list[str]:
    """What the doctor finds, and what Stripe and we tell apart."""
    at = asked_at or time_of.now()
    return complaints(story) + list(refund_findings(story.gateway, asked_at=at))
