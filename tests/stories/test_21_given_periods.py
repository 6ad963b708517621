"""A run could not bill a plan: somebody gives the period for a reason, and the next is billed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from billing import limits
from billing.models import Parked
from billing.runs import parked_gifts, parked_list, run
from billing.runs.parking import park
from config.clock import now as clock_now
from config.db import db, run_txn, transaction
from config.errors import Invalid, NotFound, Refused
from config.models import AuditEntry
from locations import people
from locations.models import Account
from membership.models import GivenPeriod, Membership, MembershipPeriod, MrrMove
from tests.support.story import Person, Story
from tests.support.story_facts import bills, complaints, plans, taken
from tests.support.story_tenders import staff

FEBRUARY_10, MARCH_10 = date(2027, 2, 10), date(2027, 3, 10)


def held_back(story: Story, who: Person) -> UUID:
    """On February 10 the run holds the plan of somebody back."""
    (plan,) = plans(who)
    story.go("2027-02-09 12:00")
    now = clock_now()
    sea = story.place("sea")
    with transaction():
        park("membership", str(plan.id), code="odd", reason="No rate.", location_id=sea.id, now=now)
    story.live("2027-02-10 12:00")
    (held,) = parked_list.waiting([sea.id])
    assert held.may_be_given
    return held.id


def joined(story: Story, plan: str) -> Person:
    story.go("2027-01-10 10:00")
    return story.join("Ana Mora", plan)


def give(story: Story, held_id: UUID, *, why: str = "our mistake", by: str = "owner") -> None:
    account: Account = story.studio.staff[by]
    grants = people.grants_of(account.id)
    db.session.rollback()
    run_txn(
        lambda: parked_gifts.give(
            held_id, reason=why, grants=grants, by=staff(story, by), now=clock_now()
        )
    )


def spans(who: Person) -> list[tuple[date, date, int]]:
    query = sa.select(MembershipPeriod).where(MembershipPeriod.membership_id == plans(who)[0].id)
    return [(one.start, one.end, one.price_cents) for one in db.session.scalars(query)]


def test_february_is_given_nobody_is_charged_for_it_and_march_is_billed(story: Story) -> None:
    ana = joined(story, "MAINT-2")
    held_id = held_back(story, ana)
    assert taken(story) == [8718]
    moves = db.session.scalars(sa.select(sa.func.count()).select_from(MrrMove)).one()
    give(story, held_id)
    assert spans(ana)[-1] == (FEBRUARY_10, MARCH_10, 0)
    assert (plans(ana)[0].status, plans(ana)[0].next_due_on) == ("active", MARCH_10)
    assert parked_list.waiting([story.place("sea").id]) == []
    assert db.session.scalars(sa.select(GivenPeriod.reason)).all() == ["our mistake"]
    told = sa.select(AuditEntry).where(AuditEntry.action == "period.given")
    (deed,) = db.session.scalars(told).all()
    assert (deed.facts["price_cents"], deed.facts["reason"]) == (7900, "our mistake")
    assert db.session.scalars(sa.select(sa.func.count()).select_from(MrrMove)).one() == moves
    assert complaints(story) == []
    for _ in range(2):
        story.come(ana)
        story.go("2027-02-12 12:00")
    assert complaints(story) == []
    story.live("2027-03-10 12:00")
    assert taken(story) == [8718, 8718]
    assert [bill.state for bill in bills(ana)] == ["paid", "paid"]
    assert complaints(story) == []


def test_a_plan_by_time_that_is_given_a_month_earns_nothing_in_it(story: Story) -> None:
    ana = joined(story, "UNLIMITED")
    give(story, held_back(story, ana))
    story.live("2027-02-20 12:00")
    story.come(ana)
    assert complaints(story) == []
    story.live("2027-03-11 12:00")
    assert len(taken(story)) == 2
    assert complaints(story) == []


def test_a_price_that_nobody_can_bill_does_not_hinder_giving_the_period(story: Story) -> None:
    ana = joined(story, "MAINT-2")
    run_txn(lambda: db.session.execute(sa.update(Membership).values(currency="EUR")))
    story.live("2027-02-10 12:00")
    (held,) = parked_list.waiting([story.place("sea").id])
    assert "EUR" in held.reason
    give(story, held.id)
    assert spans(ana)[-1] == (FEBRUARY_10, MARCH_10, 0)


def test_terms_that_say_no_period_have_to_be_mended_first(story: Story) -> None:
    ana = joined(story, "MAINT-2")
    held_id = held_back(story, ana)
    off = sa.update(Membership).values(next_due_on=date(2027, 2, 9))
    run_txn(lambda: db.session.execute(off))
    with pytest.raises(Refused) as refused:
        give(story, held_id)
    assert refused.value.code == "mend_first"
    assert len(spans(ana)) == 1


def test_a_period_is_given_once_and_only_when_it_is_due(story: Story) -> None:
    ana = joined(story, "MAINT-2")
    held_id = held_back(story, ana)
    give(story, held_id)
    with pytest.raises(Refused) as again:
        give(story, held_id)
    assert again.value.code == "released"
    now, sea = clock_now(), story.place("sea")
    key = str(plans(ana)[0].id)
    with transaction():
        park("membership", key, code="odd", reason="Again.", location_id=sea.id, now=now)
    (held,) = parked_list.waiting([sea.id])
    with pytest.raises(Refused) as early:
        give(story, held.id)
    assert early.value.code == "not_due"
    assert len(spans(ana)) == 2
    assert run.bill(sea, on=MARCH_10).issued == 0  # and it is still held back


def test_a_manager_gives_up_to_their_limit_and_everybody_says_why(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = joined(story, "MAINT-2")
    held_id = held_back(story, ana)
    monkeypatch.setattr(limits, "limit_cents", lambda _place, **_on: 7899)
    with pytest.raises(Refused) as above:
        give(story, held_id, by="manager sea")
    assert above.value.code == "above_limit"
    with pytest.raises(Invalid):
        give(story, held_id, why="   ")
    assert len(spans(ana)) == 1
    monkeypatch.setattr(limits, "limit_cents", lambda _place, **_on: 7900)
    give(story, held_id, by="manager sea")
    assert len(spans(ana)) == 2


def test_what_is_no_plan_is_not_given(story: Story) -> None:
    joined(story, "MAINT-2")
    now, sea = clock_now(), story.place("sea")
    with transaction():
        park("payment", "pi_1", code="odd", reason="Odd.", location_id=sea.id, now=now)
    parked_id = db.session.scalars(sa.select(Parked.id)).one()
    with pytest.raises(NotFound):
        give(story, parked_id)


def test_a_period_with_neither_invoice_nor_reason_is_found_and_one_with_both(story: Story) -> None:
    ana = joined(story, "MAINT-2")
    give(story, held_back(story, ana))
    run_txn(lambda: db.session.execute(sa.delete(GivenPeriod)))
    assert any(one.startswith("B1:") for one in complaints(story))
    ids = sa.select(MembershipPeriod.id).order_by(MembershipPeriod.n)
    periods = db.session.scalars(ids).all()
    run_txn(
        lambda: db.session.add_all(
            GivenPeriod(period_id=one, reason="odd", by_account_id=None, given_at=clock_now())
            for one in periods
        )
    )
    found = [one for one in complaints(story) if one.startswith("B1:")]
    assert found == [
        f"B1: period {periods[0]} has neither an invoice nor a reason for none, or both"
    ]
