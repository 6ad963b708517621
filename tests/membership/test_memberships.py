"""A plan's life, told with its dates: begun, renewed, unpaid, recovered."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from config.db import db, run_txn, transaction
from config.errors import Refused
from membership.models import Membership, MembershipPeriod
from membership.plans import charges, memberships, overdue, renewals
from membership.rules.due import Due, DueBatch
from tests.membership.plans import (
    begin,
    bill,
    complaints,
    decline,
    live,
    mails,
    midday,
    newest_period,
    pay,
    plan_now,
)
from tests.membership.shop import grant_now, join, open_shop


def test_plan_of_january_31_is_billed_on_the_last_day_of_february_and_the_31st_again(
    app: Flask,
) -> None:
    shop = open_shop()
    plan = live(join(shop.seattle), shop.maint_2, shop.seattle, date(2027, 1, 31))
    starts = [date(2027, 1, 31)]
    for _ in range(14):
        due_on = plan_now(plan).next_due_on
        starts += [due.start for due in bill(shop.seattle, due_on).dues]
        assert not bill(shop.seattle, due_on).dues
    assert starts[1:6] == [
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
        date(2027, 6, 30),
    ]
    assert starts[13:15] == [date(2028, 2, 29), date(2028, 3, 31)]
    assert len(starts) == len(set(starts)) == 15
    assert complaints() == []


def test_a_start_is_pending_until_its_first_payment_and_asks_for_it_once(app: Flask) -> None:
    shop = open_shop()
    plan = begin(join(shop.seattle), shop.maint_2, shop.seattle, date(2027, 1, 14))
    first = bill(shop.seattle, date(2027, 1, 14))
    assert [due.reason for due in first.dues] == ["first_period"]
    assert (first.dues[0].price_cents, first.dues[0].product) == (7900, "MAINT-2")
    assert plan_now(plan).status == "pending"
    assert not bill(shop.seattle, date(2027, 2, 20)).dues
    pay(plan, date(2027, 1, 15))
    assert (plan_now(plan).status, plan_now(plan).started_on) == ("active", date(2027, 1, 15))
    assert grant_now(newest_period(plan).id).remaining == 2


def test_a_member_has_one_plan_at_a_time(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    begin(ada, shop.maint_2, shop.seattle, date(2027, 1, 14))
    with pytest.raises(Refused) as refusal, transaction():
        memberships.start(
            member_id=ada,
            plan_version_id=shop.unlimited,
            location_id=shop.seattle,
            consent_id=None,
            on=date(2027, 1, 14),
            now=midday(date(2027, 1, 14)),
        )
    assert refusal.value.code == "already_member"


def seen(location_id: UUID, on: date, **more: Any) -> list[Due]:
    """What a rehearsal sees due."""
    pages = charges.project_due(location_id, on=on, **more)
    return [due for page in pages for due in page.dues]


def test_a_batch_is_as_large_as_asked_and_says_that_there_is_more(app: Flask) -> None:
    shop = open_shop()
    for name in ("Ada L", "Bob M", "Cy N"):
        live(join(shop.seattle, name), shop.maint_2, shop.seattle, date(2027, 1, 4))
    feb = date(2027, 2, 4)
    first = bill(shop.seattle, feb, limit=2)
    assert (len(first.dues), first.more) == (2, True)
    rest = bill(shop.seattle, feb, limit=2)
    assert (len(rest.dues), rest.more) == (1, False)
    assert not bill(shop.seattle, feb).dues


def test_a_rehearsal_sees_everybody_once_however_small_its_pages(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop()
    since = {"Ada L": 4, "Bob M": 3, "Cy N": 4, "Di O": 4}
    plans = [
        live(join(shop.seattle, name), shop.maint_2, shop.seattle, date(2027, 1, day))
        for name, day in since.items()
    ]
    feb = date(2027, 2, 4)
    for size in (1, 2, 3, 4, 9):
        monkeypatch.setattr(charges, "PAGE", size)
        assert sorted(due.membership_id for due in seen(shop.seattle, feb)) == sorted(plans)
    skipped = seen(shop.seattle, feb, skip=[plans[0]])
    assert {due.membership_id for due in skipped} == set(plans[1:])
    assert seen(shop.boise, feb) == []
    assert seen(shop.seattle, feb, reasons={"first_period"}) == []


def test_a_plan_with_broken_terms_is_held_back_and_the_others_go_on(app: Flask) -> None:
    shop = open_shop()
    good = live(join(shop.seattle, "Ada L"), shop.maint_2, shop.seattle, date(2027, 1, 4))
    bad = live(join(shop.seattle, "Bob M"), shop.maint_2, shop.seattle, date(2027, 1, 4))
    with transaction():
        plan_now(bad).currency = "CAD"
    batch = bill(shop.seattle, date(2027, 2, 4))
    assert [due.membership_id for due in batch.dues] == [good]
    assert [(held.membership_id, held.code) for held in batch.held] == [(bad, "currency_mismatch")]


def test_a_claim_that_somebody_else_has_advanced_writes_nothing(app: Flask) -> None:
    shop = open_shop()
    live(join(shop.seattle), shop.maint_2, shop.seattle, date(2027, 1, 4))
    feb = date(2027, 2, 4)
    stale = seen(shop.seattle, feb)
    bill(shop.seattle, feb)
    with transaction():  # the same period again, under another key: only the guard can tell
        db.session.execute(sa.delete(MembershipPeriod).where(MembershipPeriod.n == 1))
    with pytest.raises(renewals.Overtaken), transaction():
        renewals.advance(stale, now=midday(feb))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MembershipPeriod)) == 1


def test_a_declined_june_is_open_until_the_8th_then_rests_and_comes_back(app: Flask) -> None:
    shop = open_shop()
    plan = live(join(shop.seattle), shop.maint_2, shop.seattle, date(2027, 5, 1))
    bill(shop.seattle, date(2027, 6, 1))
    decline(plan, date(2027, 6, 1))
    decline(plan, date(2027, 6, 3))
    held = plan_now(plan)
    assert (held.status, held.grace_until) == ("grace", date(2027, 6, 8))
    assert held.arrears_since == date(2027, 6, 1)
    for on, status in ((date(2027, 6, 7), "grace"), (date(2027, 6, 8), "locked")):
        with transaction():
            overdue.lock_due(shop.seattle, on=on, now=midday(on))
        assert plan_now(plan).status == status
    assert len(mails("membership_locked")) == 1
    assert not bill(shop.seattle, date(2027, 7, 1)).dues
    pay(plan, date(2027, 6, 9))
    held = plan_now(plan)
    assert (held.status, held.grace_until, held.arrears_since) == ("active", None, None)
    assert held.anchor == date(2027, 5, 1)
    assert [due.start for due in bill(shop.seattle, date(2027, 7, 1)).dues] == [date(2027, 7, 1)]
    assert complaints() == []


def test_a_declined_start_has_no_grace(app: Flask) -> None:
    shop = open_shop()
    plan = begin(join(shop.seattle), shop.maint_2, shop.seattle, date(2027, 1, 14))
    bill(shop.seattle, date(2027, 1, 14))
    decline(plan, date(2027, 1, 14))
    assert (plan_now(plan).status, plan_now(plan).grace_until) == ("pending", None)


def test_after_four_days_of_downtime_every_missed_date_is_claimed_once(app: Flask) -> None:
    shop = open_shop()
    days = [date(2027, 8, day) for day in (3, 4, 6)]
    for n, on in enumerate(days):
        live(join(shop.seattle, f"Ada{n} L"), shop.maint_2, shop.seattle, on)
    claimed = [
        due.start for day in range(3, 8) for due in bill(shop.seattle, date(2027, 9, day)).dues
    ]
    assert claimed == [date(2027, 9, 3), date(2027, 9, 4), date(2027, 9, 6)]
    anchors = db.session.scalars(sa.select(Membership.anchor).order_by(Membership.anchor)).all()
    assert anchors == days


def test_two_workers_on_one_location_claim_every_due_once_between_them(app: Flask) -> None:
    shop = open_shop()
    plans = [
        live(join(shop.seattle, f"Ada{n} L"), shop.maint_2, shop.seattle, date(2027, 1, 4))
        for n in range(8)
    ]
    feb, both_ready = date(2027, 2, 4), threading.Barrier(2)

    def worker(_: int) -> list[UUID]:
        with app.app_context():
            both_ready.wait(timeout=20)
            claimed: list[UUID] = []
            for _ in range(6):
                batch = run_txn(lambda: _claim(shop.seattle, feb))
                claimed += [due.membership_id for due in batch.dues]
            db.session.remove()
            return claimed

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(worker, range(2))
    assert sorted(first + second) == sorted(plans)
    assert {plan_now(plan).next_n for plan in plans} == {2}


def _claim(place: UUID, on: date) -> DueBatch:
    batch = charges.claim_due(place, on=on, limit=2)
    renewals.advance(batch.dues, now=midday(on))
    return batch
