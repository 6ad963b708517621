"""How plans end, and what is still deferred of them on that day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Flask

from config.audit import SYSTEM
from config.db import transaction
from locations import ledger
from locations.rules import claims, entries
from membership.credits import accrual
from membership.endings import endings
from membership.endings.unused import Unused
from membership.plans import overdue
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
from tests.membership.shop import Shop, booked, come, grant_now, join, noon, open_shop


def cancel(membership_id: UUID, on: date) -> endings.CancelOutcome:
    with transaction():
        return endings.cancel(membership_id, on=on, now=midday(on), by=SYSTEM)


def credit(shop: Shop, unused: Unused, on: date) -> None:
    """What billing's credit note does to the books, without tax."""
    assert unused.period_id is not None
    with transaction():
        entry = claims.credit_note(
            credit_note_id=unused.period_id,
            on=on,
            currency="USD",
            location_id=shop.seattle,
            lines=[entries.SaleLine("", unused.liability_account, unused.net_cents, "", 0)],
            owed="receivable",
            invoice_id=unused.period_id,
        )
        ledger.post([entry], now=midday(on))


def test_cancelled_on_june_12_it_lasts_through_june_30_and_july_1_charges_nothing(
    app: Flask,
) -> None:
    shop = open_shop()
    plan = live(join(shop.seattle), shop.maint_2, shop.seattle, date(2027, 6, 1))
    previewed = endings.preview_cancel(plan, on=date(2027, 6, 12))
    outcome = cancel(plan, date(2027, 6, 12))
    assert outcome.last_access_on == previewed.last_access_on == date(2027, 6, 30)
    assert (outcome.status, outcome.unused) == ("active", None)
    assert cancel(plan, date(2027, 6, 13)).last_access_on == date(2027, 6, 30)
    assert len(mails("membership_cancelled")) == 1
    assert mails("membership_cancelled")[0].created_at == midday(date(2027, 6, 12))
    assert not bill(shop.seattle, date(2027, 7, 1)).dues
    for on, ended in ((date(2027, 6, 30), 0), (date(2027, 7, 1), 1), (date(2027, 7, 1), 0)):
        with transaction():
            assert overdue.end_due(shop.seattle, on=on, now=midday(on)) == ended
    held = plan_now(plan)
    assert (held.status, held.ended_on, held.end_reason) == (
        "ended",
        date(2027, 7, 1),
        "cancelled",
    )
    assert complaints() == []


def test_cancelling_on_the_morning_of_a_renewal_ends_the_plan_unbilled(app: Flask) -> None:
    shop = open_shop()
    plan = live(join(shop.seattle), shop.maint_2, shop.seattle, date(2027, 6, 1))
    cancel(plan, date(2027, 7, 1))
    assert not bill(shop.seattle, date(2027, 7, 1)).dues
    assert plan_now(plan).ends_on == date(2027, 7, 1)


def test_a_plan_cancelled_while_unpaid_ends_at_once_and_says_what_was_not_used(
    app: Flask,
) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    plan = live(ada, shop.maint_2, shop.seattle, date(2027, 5, 1))
    bill(shop.seattle, date(2027, 6, 1))
    decline(plan, date(2027, 6, 1))
    come(ada, shop.seattle, noon(6, 4))
    outcome = cancel(plan, date(2027, 6, 5))
    assert outcome.status == "ended"
    assert outcome.unused is not None
    assert (outcome.unused.sessions, outcome.unused.sessions_cents) == (1, 3950)
    assert outcome.unused.liability_account == "deferred_sessions"
    assert grant_now(newest_period(plan).id).state == "void"
    assert cancel(plan, date(2027, 6, 6)).unused is None


def test_a_start_not_paid_in_fourteen_days_is_given_up_with_all_it_claimed(app: Flask) -> None:
    shop = open_shop()
    plan = begin(join(shop.seattle), shop.maint_2, shop.seattle, date(2027, 1, 14))
    bill(shop.seattle, date(2027, 1, 14))
    assert overdue.abandoned(shop.seattle, on=date(2027, 1, 27), limit=9) == []
    assert overdue.abandoned(shop.seattle, on=date(2027, 1, 28), limit=9) == [plan]
    with transaction():
        unused = endings.abandon(plan, on=date(2027, 1, 28), now=noon(1, 28))
        assert endings.abandon(plan, on=date(2027, 1, 28), now=noon(1, 28)) is None
    assert unused == Unused(newest_period(plan).id, 0, 7900, 0)
    assert (plan_now(plan).status, plan_now(plan).end_reason) == ("ended", "not_started")


def test_an_unlimited_plan_lapses_with_its_unearned_days_credited(app: Flask) -> None:
    shop = open_shop()
    plan = live(join(shop.seattle), shop.unlimited, shop.seattle, date(2027, 5, 1))
    bill(shop.seattle, date(2027, 6, 1))
    decline(plan, date(2027, 6, 1))
    assert overdue.lapsing(shop.seattle, on=date(2027, 6, 30), limit=9) == []
    assert overdue.lapsing(shop.seattle, on=date(2027, 7, 1), limit=9) == [plan]
    with transaction():
        unused = endings.lapse(plan, on=date(2027, 6, 16), now=noon(6, 16))
    assert unused is not None
    assert (unused.time_cents, unused.liability_account) == (9300, "deferred_time")
    credit(shop, unused, date(2027, 6, 16))
    with transaction():  # May has not been earned yet; the lapsed June brings in nothing more
        accrual.earn_time(shop.seattle, on=date(2027, 7, 9), now=noon(7, 9))
    assert booked("earned_time", shop.seattle) == 18600 + 9300
    assert booked("deferred_time", shop.seattle) == 0
    assert complaints() == []


def test_an_unlimited_february_is_earned_by_service_day_and_never_twice(app: Flask) -> None:
    shop = open_shop()
    for name in ("Ada L", "Bob M"):
        live(join(shop.seattle, name), shop.unlimited, shop.seattle, date(2027, 2, 1))
    for day in (1, 2, 2, 5):
        on = date(2027, 2, day)
        with transaction():
            accrual.earn_time(shop.seattle, on=on, now=midday(on))
    assert booked("earned_time", shop.seattle, on=date(2027, 2, 1)) == 2 * 664
    assert booked("earned_time", shop.seattle, on=date(2027, 2, 5)) == 0
    assert booked("earned_time", shop.seattle) == 2 * 2657
    with transaction():
        assert accrual.earn_time(shop.seattle, on=date(2027, 3, 9), now=noon(3, 9)) == 2
        assert accrual.earn_time(shop.seattle, on=date(2027, 3, 9), now=noon(3, 9)) == 0
    assert booked("earned_time", shop.seattle) == 2 * 18600
    assert booked("deferred_time", shop.seattle) == 0
    assert complaints() == []


def test_a_start_that_is_not_paid_earns_nothing_and_catches_up_once_it_is(app: Flask) -> None:
    shop = open_shop()
    plan = begin(join(shop.seattle), shop.unlimited, shop.seattle, date(2027, 2, 1))
    bill(shop.seattle, date(2027, 2, 1))
    with transaction():
        assert accrual.earn_time(shop.seattle, on=date(2027, 2, 4), now=noon(2, 4)) == 0
    pay(plan, date(2027, 2, 4))
    with transaction():
        accrual.earn_time(shop.seattle, on=date(2027, 2, 5), now=noon(2, 5))
    assert booked("earned_time", shop.seattle, on=date(2027, 2, 1)) == 664
    assert booked("earned_time", shop.seattle) == 2657
