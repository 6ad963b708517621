"""A run is rehearsed, watched and proven: the figures of each side are the same, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from billing.models import BillingRun, Invoice, Parked
from billing.runs import parked_list, proofs, rehearsals, run
from billing.runs.parking import park
from config.audit import SYSTEM
from config.base import Base
from config.clock import now as clock_now
from config.db import db, transaction
from config.errors import NotFound
from membership.changes import change_effects
from membership.models import Member, Membership
from tests.support.story import Person, Story
from tests.support.story_changes import change_later
from tests.support.story_facts import complaints

AT_SEATTLE = ("Ana Mora", "Ben Ito")
UNLIMITED = 18600 + 1925
MARCH_10, FEBRUARY_10 = date(2027, 3, 10), date(2027, 2, 10)


@pytest.fixture
def three(story: Story) -> Story:
    """Three at Seattle, one of whom has a card without money, and one at Boise; on March 9."""
    story.go("2027-01-10 10:00")
    story.join("Ana Mora", "MAINT-2")
    ben = story.join("Ben Ito", "MAINT-4")
    story.join("Cem Kaya", "MAINT-2", at="boi")
    story.live("2027-02-20 12:00")
    story.bank_says(ben, {"outcome": "insufficient_funds"})
    story.live("2027-03-09 12:00")
    return story


def contents() -> dict[str, list[tuple[Any, ...]]]:
    """Everything that stands in the database."""
    return {
        table.name: sorted(map(tuple, db.session.execute(sa.select(table))), key=repr)
        for table in Base.metadata.sorted_tables
    }


def billed(location_id: UUID, on: date) -> Sequence[int]:
    return db.session.scalars(
        sa.select(Invoice.total_cents).where(
            Invoice.location_id == location_id, Invoice.issued_on == on
        )
    ).all()


def test_a_rehearsal_of_tomorrow_writes_nothing_and_is_what_is_billed_then(three: Story) -> None:
    sea = three.place("sea")
    before = contents()
    found = rehearsals.rehearse(sea, on=MARCH_10)
    then = rehearsals.a_month_before(sea, found)
    assert contents() == before
    # 7900 + 818 and 13900 + 1439 at Seattle's 10.35 %.
    assert (found.count, found.total_cents, found.held) == (2, 8718 + 15339, ())
    assert (then.on, then.count, then.total_cents) == (FEBRUARY_10, 2, 8718 + 15339)
    assert (then.new_count, then.gone_count) == (0, 0)
    three.live("2027-03-10 12:00")
    assert sum(billed(sea.id, MARCH_10)) == found.total_cents


def test_changes_of_that_day_are_rehearsed_at_their_new_price_however_many(
    three: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    sea = three.place("sea")
    for member in db.session.scalars(sa.select(Member).where(Member.name.in_(AT_SEATTLE))).all():
        assert member.account_id is not None
        who = Person(member.name, str(member.email), member.id, member.account_id, "sea")
        change_later(three, who, "UNLIMITED")
    monkeypatch.setattr(change_effects, "_BATCH", 1)
    found = rehearsals.rehearse(sea, on=MARCH_10)
    three.live("2027-03-10 12:00")
    assert found.total_cents == sum(billed(sea.id, MARCH_10)) == 2 * UNLIMITED


def test_who_left_since_and_who_is_new_are_named_beside_the_month_before(three: Story) -> None:
    three.go("2027-03-09 13:00")
    dan = three.join("Dan Roe", "MAINT-2")
    sea = three.place("sea")
    found = rehearsals.a_month_before(sea, rehearsals.rehearse(sea, on=date(2027, 4, 9)))
    assert (found.count, found.gone) == (1, ()), "Dan's first period was billed on March 9"
    assert found.new == ("Ana Mora", "Ben Ito"), "their tenth of March is due by then, too"
    three.cancel(dan)
    found = rehearsals.a_month_before(sea, rehearsals.rehearse(sea, on=date(2027, 4, 9)))
    assert (found.gone_count, found.gone) == (1, ("Dan Roe",))


def test_the_proof_of_a_run_holds_on_every_side(three: Story) -> None:
    three.live("2027-03-10 12:00")
    sea = three.place("sea")
    (march,) = [one for one in proofs.newest([sea.id]) if one.on == MARCH_10]
    proof = proofs.of(march)
    both = proofs.Figure(2, 8718 + 15339)
    assert (proof.rehearsed, proof.issued, proof.invoices, proof.books) == (both,) * 4
    # Ben's card had too little on it: one payment, and Stripe says the same.
    assert proof.payments == proof.stripe == proofs.Figure(1, 8718)
    assert proof.holds
    assert proof.as_rehearsed
    assert proofs.progress(march) == {"succeeded": 1, "failed": 1}
    assert complaints(three) == []


def test_a_proof_is_broken_by_a_cent(three: Story) -> None:
    three.live("2027-03-10 12:00")
    sea = three.place("sea")
    with transaction():
        db.session.execute(
            sa.update(BillingRun)
            .where(BillingRun.business_date == MARCH_10, BillingRun.location_id == sea.id)
            .values(issued_cents=BillingRun.issued_cents + 1)
        )
    (march,) = [one for one in proofs.newest([sea.id]) if one.on == MARCH_10]
    assert not proofs.of(march).holds


def test_who_is_held_back_is_named_and_let_go_by_a_person(three: Story) -> None:
    boi, now = three.place("boi"), clock_now()
    plan = db.session.scalars(sa.select(Membership).where(Membership.location_id == boi.id)).one()
    with transaction():
        park("membership", str(plan.id), code="odd", reason="No rate.", location_id=boi.id, now=now)
    (held,) = parked_list.waiting([boi.id])
    assert (held.about, held.reason, held.place_name) == ("Cem Kaya", "No rate.", boi.name)
    assert parked_list.waiting([three.place("sea").id]) == []
    three.live("2027-03-10 12:00")
    assert rehearsals.rehearse(boi, on=MARCH_10).count == 0
    with transaction():
        parked_list.release(held.id, by=SYSTEM, now=clock_now())
    with pytest.raises(NotFound):
        parked_list.location_of(plan.id)
    assert run.bill(boi, on=MARCH_10).issued == 1
    assert db.session.scalars(sa.select(Parked.resolved_at)).one() is not None
