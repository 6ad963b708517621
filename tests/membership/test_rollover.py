"""At a period's end the plan's unspent sessions are cut to its cap; the rest is lost, once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from config.calendar import Interval
from config.db import db, transaction
from config.doctor import Doctor
from config.ids import new_id
from membership import jobs
from membership.catalogue import product_versions
from membership.credits import rollover
from membership.invariants import doctor_credits
from membership.models import CreditEntry, CreditGrant, Membership, PlanChange
from membership.plans import membership_rows
from membership.rules.catalog import PlanPriceTag
from tests.membership import plans
from tests.membership.shop import BEGIN, Shop, booked, come, join, noon, open_shop

JAN_10, FEB_10, MAR_10 = date(2027, 1, 10), date(2027, 2, 10), date(2027, 3, 10)


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


def a_plan(code: str, allowance: int, cents: int, where: UUID, *, cap: int, life: int) -> UUID:
    with transaction():
        plan = product_versions.create_plan(code=code, name=code.title(), tier=2)
        return product_versions.new_plan_version(
            plan.id,
            interval=Interval(1, "month"),
            allowance=allowance,
            rollover_cap=cap,
            rollover_periods=life,
            prices={where: PlanPriceTag(cents)},
            effective_from=BEGIN,
        ).id


def night(place: UUID, on: date) -> None:
    """The jobs of a date, twice, then its run, then the jobs once more."""
    now = plans.midday(on)
    for _ in range(2):
        jobs.work(place, on=on, now=now)
    plans.bill(place, on)
    jobs.work(place, on=on, now=now)


def moved(kind: str) -> list[tuple[date, int, int]]:
    query = sa.select(CreditEntry).where(CreditEntry.kind == kind).order_by(CreditEntry.id)
    return [(e.occurred_on, e.quantity, e.value_cents) for e in db.session.scalars(query)]


def left(member_id: UUID) -> list[tuple[date, int, int]]:
    query = sa.select(CreditGrant).where(CreditGrant.member_id == member_id)
    query = query.where(CreditGrant.remaining > 0).order_by(CreditGrant.valid_from)
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return [(g.valid_from, g.remaining, g.remaining_cents) for g in found]


def complaints() -> list[str]:
    visiting = Doctor()
    doctor_credits.register(visiting)
    return [f"{f.code}: {text}" for f in visiting.examine() for text in f.violations]


def used(member_id: UUID, place: UUID, *days: int, month: int = 1) -> None:
    for day in days:
        come(member_id, place, noon(month, day))


def test_three_unused_of_four_on_february_10_roll_up_to_the_cap_of_two_and_one_is_lost(
    shop: Shop,
) -> None:
    plan = a_plan("CARE-4", 4, 13900, shop.boise, cap=2, life=1)
    ana = join(shop.boise)
    held = plans.live(ana, plan, shop.boise, JAN_10)
    used(ana, shop.boise, 12)
    before = rollover.preview(held, period_end=FEB_10, cap=2)
    assert before == (1, 3475)
    jobs.work(shop.boise, on=date(2027, 2, 9), now=noon(2, 9))
    assert moved("forfeit") == []

    night(shop.boise, FEB_10)
    assert moved("forfeit") == [(FEB_10, -1, -3475)]
    assert booked("breakage", shop.boise, on=FEB_10) == 3475
    assert left(ana) == [(JAN_10, 2, 6950), (FEB_10, 4, 13900)]
    assert complaints() == []

    plans.pay(held, FEB_10)
    night(shop.boise, MAR_10)
    assert moved("expire") == [(MAR_10, -2, -6950)], "rolled once, and used in the one period"
    assert moved("forfeit") == [(FEB_10, -1, -3475), (MAR_10, -2, -6950)]
    assert left(ana) == [(FEB_10, 2, 6950), (MAR_10, 4, 13900)]
    assert complaints() == []


def test_in_washington_what_does_not_roll_stays_refundable(shop: Shop) -> None:
    plan = a_plan("CARE-3", 3, 10000, shop.seattle, cap=1, life=2)
    ana = join(shop.seattle)
    plans.live(ana, plan, shop.seattle, date(2027, 1, 31))
    night(shop.seattle, date(2027, 2, 28))
    assert moved("forfeit") == [(date(2027, 2, 28), -2, -6666)]
    assert booked("expired_refundable", shop.seattle, on=date(2027, 2, 28)) == 6666
    assert booked("breakage", shop.seattle) == 0
    assert left(ana)[0] == (date(2027, 1, 31), 1, 3334)


def test_with_a_life_of_two_periods_the_cap_is_for_all_that_is_carried(shop: Shop) -> None:
    plan = a_plan("CARE-2", 2, 8000, shop.boise, cap=3, life=2)
    ana = join(shop.boise)
    held = plans.live(ana, plan, shop.boise, JAN_10)
    for on in (FEB_10, MAR_10):
        night(shop.boise, on)
        plans.pay(held, on)
    assert moved("forfeit") == [(MAR_10, -1, -4000)]
    assert left(ana) == [(JAN_10, 1, 4000), (FEB_10, 2, 8000), (MAR_10, 2, 8000)], (
        "of four carried, the one that could be used least long is lost"
    )


def test_plan_without_rollover_ends_its_sessions_with_the_period(shop: Shop) -> None:
    ana = join(shop.boise)
    plans.live(ana, shop.maint_2, shop.boise, JAN_10)
    night(shop.boise, FEB_10)
    assert (moved("forfeit"), moved("expire")) == ([], [(FEB_10, -2, -7900)])


def test_job_that_comes_days_after_the_run_cuts_the_old_period_alone(shop: Shop) -> None:
    plan = a_plan("CARE-4", 4, 13900, shop.boise, cap=1, life=1)
    ana = join(shop.boise)
    held = plans.live(ana, plan, shop.boise, JAN_10)
    plans.bill(shop.boise, FEB_10)
    plans.pay(held, FEB_10)
    jobs.work(shop.boise, on=date(2027, 2, 13), now=noon(2, 13))
    assert moved("forfeit") == [(date(2027, 2, 13), -3, -10425)]
    assert left(ana) == [(JAN_10, 1, 3475), (FEB_10, 4, 13900)]


def test_change_that_takes_effect_that_day_brings_its_own_cap(shop: Shop) -> None:
    four = a_plan("CARE-4", 4, 13900, shop.boise, cap=4, life=1)
    two = a_plan("CARE-2", 2, 7900, shop.boise, cap=2, life=1)
    ana, now = join(shop.boise), noon(1, 20)
    held = plans.live(ana, four, shop.boise, JAN_10)
    used(ana, shop.boise, 12)
    with transaction():
        change = PlanChange(
            id=new_id(), membership_id=held, kind="downgrade", state="pending",
            from_version_id=four, to_version_id=two, location_id=shop.boise, price_cents=7900,
            currency="USD", effective_on=FEB_10, facts={}, asked_at=now,
        )  # fmt: skip
        db.session.add(change)
    jobs.work(shop.boise, on=FEB_10, now=plans.midday(FEB_10))
    assert moved("forfeit") == [(FEB_10, -1, -3475)]


def test_plan_that_ended_with_the_period_carries_nothing_on(shop: Shop) -> None:
    plan = a_plan("CARE-4", 4, 13900, shop.boise, cap=4, life=1)
    ana = join(shop.boise)
    held = plans.live(ana, plan, shop.boise, JAN_10)
    with transaction():
        membership_rows.locked(held).ends_on = FEB_10
    night(shop.boise, FEB_10)
    assert moved("forfeit") == [(FEB_10, -4, -13900)]
    assert left(ana) == []


@pytest.mark.parametrize("status", ["grace", "locked", "frozen"])
def test_nothing_is_cut_in_arrears_or_on_hold(shop: Shop, status: str) -> None:
    plan = a_plan("CARE-4", 4, 13900, shop.boise, cap=1, life=1)
    held = plans.live(join(shop.boise), plan, shop.boise, JAN_10)
    with transaction():
        membership_rows.locked(held).status = status
    with transaction():
        assert rollover.roll_due(shop.boise, on=FEB_10, now=noon(2, 10), limit=9) == 0
    with transaction():
        db.session.get_one(Membership, held).status = "active"
        assert rollover.roll_due(shop.boise, on=FEB_10, now=noon(2, 10), limit=9) == 1
        assert rollover.roll_due(shop.boise, on=FEB_10, now=noon(2, 10), limit=9) == 0
    assert moved("forfeit") == [(FEB_10, -3, -10425)]
