"""Credits in the tables and in the books: each movement is there once, and all of it adds up."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from config.db import db, transaction
from config.doctor import Doctor
from config.errors import Refused
from locations import ledger
from membership.credits import credit_endings, credits
from membership.invariants import doctor_credits
from membership.models import CreditEntry, CreditGrant, Visit
from membership.visits import undoing
from tests.membership.granted import comp_row, grant_period
from tests.membership.shop import (
    booked,
    buy,
    come,
    grant_now,
    hold_plan,
    join,
    minutes,
    noon,
    open_shop,
)


def _kinds() -> list[tuple[str, int, int]]:
    entries = db.session.scalars(sa.select(CreditEntry).order_by(CreditEntry.at, CreditEntry.id))
    return [(entry.kind, entry.quantity, entry.value_cents) for entry in entries]


def test_three_sessions_for_10000_earn_3334_3333_and_3333(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    hold_plan(ada, shop.maint_2, shop.seattle, "active")
    pack_id = buy(ada, shop.booster, shop.seattle, noon(1, 4))
    for day, earned in ((5, 3334), (6, 3333), (7, 3333)):
        come(ada, shop.seattle, noon(1, day))
        assert booked("earned_sessions", shop.seattle, on=date(2027, 1, day)) == earned
    left = grant_now(pack_id)
    assert (left.remaining, left.remaining_cents) == (0, 0)
    assert booked("deferred_sessions", shop.seattle) == -10000


def test_a_session_elsewhere_is_earned_there_and_owed_by_the_seller(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.boise, noon(1, 5))
    assert booked("earned_sessions", shop.boise) == 3300
    assert booked("earned_sessions", shop.seattle) == 0
    assert booked("due_to", shop.seattle) == 3300
    assert booked("due_from", shop.boise) == -3300


def test_taking_a_session_back_mirrors_it_by_an_opposite_entry(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    pack_id = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    visit = come(ada, shop.seattle, noon(1, 5))
    with transaction():
        undoing.undo(visit.id, by_account_id=None, now=noon(1, 5) + minutes(1))
    assert _kinds() == [("grant", 3, 9900), ("redeem", -1, -3300), ("reverse", 1, 3300)]
    assert (grant_now(pack_id).remaining, grant_now(pack_id).remaining_cents) == (3, 9900)
    assert booked("earned_sessions", shop.seattle) == 0
    taken = db.session.scalars(sa.select(CreditEntry).where(CreditEntry.kind == "redeem")).one()
    back = db.session.scalars(sa.select(CreditEntry).where(CreditEntry.kind == "reverse")).one()
    first = ledger.entry_for(taken.id, "redemption")
    second = ledger.entry_for(back.id, "redemption_undone")
    assert back.reverses_id == taken.id
    assert first is not None
    assert second is not None
    assert second.corrects_id == first.id


def test_a_session_is_taken_back_once(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 5))
    entry = db.session.scalars(sa.select(CreditEntry).where(CreditEntry.kind == "redeem")).one()
    with transaction():
        credits.undo(entry, on=date(2027, 1, 5), now=noon(1, 5), reason="first")
    with transaction(), pytest.raises(Refused) as refused:
        credits.undo(entry, on=date(2027, 1, 5), now=noon(1, 5), reason="second")
    assert refused.value.code == "already_undone"


def test_a_session_whose_pack_has_expired_since_is_not_given_back(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 5))
    entry = db.session.scalars(sa.select(CreditEntry).where(CreditEntry.kind == "redeem")).one()
    with transaction(), pytest.raises(Refused) as refused:
        credits.undo(entry, on=date(2027, 1, 15), now=noon(1, 15), reason="too late")
    assert refused.value.code == "extend_first"


def test_a_batch_is_granted_with_its_entries_and_refuses_a_source_twice(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    rows = [comp_row(ada, shop.seattle, quantity=n + 1, cents=1000 * n) for n in range(40)]
    with transaction():
        credits.grant_many(rows, noon(1, 4))
    assert sorted(_kinds()) == sorted(("grant", row.quantity, row.value_cents) for row in rows)
    assert credits.balance(ada, date(2027, 1, 4)) == sum(row.quantity for row in rows)
    with pytest.raises(sa.exc.IntegrityError), transaction():
        credits.grant_many([rows[0]], noon(1, 4))


def test_payment_makes_provisional_credits_firm_and_leaves_void_ones(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    plan = hold_plan(ada, shop.maint_2, shop.seattle, "active")
    paid, lapsed = (grant_period(ada, plan, shop.seattle) for _ in range(2))
    with transaction():
        assert credit_endings.void_unspent(lapsed, date(2027, 1, 9), noon(1, 9)) == (2, 7900)
        credits.make_firm(paid, "period")
        credits.make_firm(lapsed, "period")
    assert (grant_now(paid).state, grant_now(lapsed).state) == ("firm", "void")


def test_a_lapse_takes_back_what_is_unspent_and_leaves_the_books_to_the_credit_note(
    app: Flask,
) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    plan = hold_plan(ada, shop.maint_2, shop.seattle, "active")
    source = grant_period(ada, plan, shop.seattle)
    come(ada, shop.seattle, noon(1, 5))
    with transaction():
        assert credit_endings.void_unspent(source, date(2027, 1, 9), noon(1, 9)) == (1, 3950)
        assert credit_endings.void_unspent(source, date(2027, 1, 9), noon(1, 9)) == (0, 0)
    assert booked("deferred_sessions", shop.seattle) == -3950
    assert credits.balance(ada, date(2027, 1, 9)) == 0


def test_a_plans_credits_expire_on_their_first_invalid_day_and_once(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.boise)
    plan = hold_plan(ada, shop.maint_2, shop.boise, "active")
    grant_period(ada, plan, shop.boise)
    done = []
    for month, day in ((1, 31), (2, 1), (2, 1)):
        with transaction():
            on = date(2027, month, day)
            done.append(
                credit_endings.expire_due(shop.boise, on=on, now=noon(month, day), limit=10)
            )
    assert done == [0, 1, 0]
    assert booked("breakage", shop.boise, on=date(2027, 2, 1)) == 7900


def test_a_pack_is_left_to_expire_as_a_whole(app: Flask) -> None:
    shop = open_shop()
    buy(join(shop.seattle), shop.starter, shop.seattle, noon(1, 4))
    with transaction():
        on = date(2027, 3, 1)
        assert credit_endings.expire_due(shop.seattle, on=on, now=noon(3, 1), limit=10) == 0


def test_credits_worth_nothing_move_without_touching_the_books(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.boise)
    with transaction():
        credits.grant_many([comp_row(ada, shop.boise, quantity=2, cents=0)], noon(1, 4))
    visit = come(ada, shop.boise, noon(1, 5))
    with transaction():
        undoing.undo(visit.id, by_account_id=None, now=noon(1, 5))
    with transaction():
        on = date(2027, 2, 1)
        assert credit_endings.expire_due(shop.boise, on=on, now=noon(2, 1), limit=10) == 1
    assert [kind for kind, _, _ in _kinds()] == ["grant", "redeem", "reverse", "expire"]
    assert ledger.totals(shop.boise) == {}


def test_what_is_redeemable_comes_in_the_order_of_use(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    plan = hold_plan(ada, shop.maint_2, shop.seattle, "active")
    booster = buy(ada, shop.booster, shop.seattle, noon(1, 4))
    period = grant_period(ada, plan, shop.seattle)
    found = credits.redeemable(ada, location_id=shop.boise, on=date(2027, 1, 5))
    assert [grant.source_id for grant in found] == [period, booster]


def test_the_doctor_finds_what_does_not_add_up(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    buy(ada, shop.starter, shop.seattle, noon(1, 4))
    come(ada, shop.seattle, noon(1, 5))
    doctor = Doctor()
    doctor_credits.register(doctor)
    # No invoice was issued here, so the books lack the sale and nothing else is wrong.
    assert _broken(doctor) == {"L7-sessions"}
    with transaction():
        db.session.execute(sa.update(CreditGrant).values(remaining=1, valid_from=date(2027, 1, 6)))
        db.session.execute(sa.update(Visit).values(undone_at=noon(1, 5)))
    assert _broken(doctor) == {"L7-sessions", "E1", "E2", "E4"}


def _broken(doctor: Doctor) -> set[str]:
    return {finding.code for finding in doctor.examine() if finding.violations}
