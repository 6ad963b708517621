"""Two desks at once: the last credit goes once, and the race that would give it twice is real."""

from __future__ import annotations

import threading
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

from config.db import db, run_txn, transaction
from config.errors import Refused
from config.ids import new_id
from membership.credits import credits
from membership.models import CreditGrant, Visit
from membership.visits import visits
from tests.membership.granted import comp_row
from tests.membership.shop import booked, join, noon, open_shop


def test_the_last_credit_taken_by_two_desks_at_once_goes_once(app: Flask) -> None:
    shop = open_shop()
    ada = join(shop.seattle)
    with transaction():
        credits.grant_many([comp_row(ada, shop.seattle, quantity=1, cents=5500)], noon(1, 4))
    desks = [shop.seattle, shop.boise] * 3
    outcomes = _race(
        app, [lambda n=n, at=at: _check_in_at_a_desk(ada, at, n) for n, at in enumerate(desks)]
    )
    assert sorted(outcomes) == ["nothing_held"] * 5 + ["visit"]
    earned = [booked("earned_sessions", place) for place in (shop.seattle, shop.boise)]
    assert sorted(earned) == [0, 5500]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Visit)) == 1


def test_the_guard_on_the_count_alone_also_gives_the_last_credit_once(app: Flask) -> None:
    """Without the lock on the member that a check-in takes first."""
    shop = open_shop()
    ada = join(shop.seattle)
    row = comp_row(ada, shop.seattle, quantity=1, cents=5500)
    with transaction():
        credits.grant_many([row], noon(1, 4))
    visit_ids = [_bare_visit(ada, shop.seattle) for _ in range(6)]
    outcomes = _race(app, [lambda v=v: _redeem(row.id, v, shop.seattle) for v in visit_ids])
    assert sorted(outcomes) == ["credits_exhausted"] * 5 + ["taken"]
    left = db.session.get_one(CreditGrant, row.id, populate_existing=True)
    assert (left.remaining, left.remaining_cents) == (0, 0)


def test_reading_first_and_writing_what_was_read_would_give_it_twice(app: Flask) -> None:
    """The control of the two races above: without guard and lock the race is really there."""
    shop = open_shop()
    row = comp_row(join(shop.seattle), shop.seattle, quantity=1, cents=5500)
    with transaction():
        credits.grant_many([row], noon(1, 4))
    barrier = threading.Barrier(2, timeout=20)
    table = CreditGrant.__table__

    def naive() -> str:
        with db.engine.connect() as reader:
            left = reader.scalar(sa.select(table.c.remaining).where(table.c.id == row.id))
        barrier.wait()
        if not left:
            return "refused"
        with db.engine.begin() as writer:
            change = sa.update(table).where(table.c.id == row.id)
            writer.execute(change.values(remaining=left - 1, remaining_cents=0))
        return "taken"

    assert _race(app, [naive, naive]) == ["taken", "taken"]


def _bare_visit(member_id: UUID, place: UUID) -> UUID:
    with transaction():
        visit = Visit(
            id=new_id(),
            member_id=member_id,
            location_id=place,
            business_date=date(2027, 1, 5),
            at=noon(1, 5),
        )
        db.session.add(visit)
        db.session.flush()
        return visit.id


def _check_in_at_a_desk(member_id: UUID, place: UUID, n: int) -> str:
    run_txn(
        lambda: visits.check_in(
            member_id, location_id=place, by_account_id=None, request_key=f"k{n}", now=noon(1, 5)
        )
    )
    return "visit"


def _redeem(grant_id: UUID, visit_id: UUID, place: UUID) -> str:
    run_txn(
        lambda: credits.redeem(
            grant_id, visit_id=visit_id, location_id=place, on=date(2027, 1, 5), now=noon(1, 5)
        )
    )
    return "taken"


def _race(app: Flask, acts: list) -> list[str]:  # type: ignore[type-arg]
    """Each act in its own thread and session, all let go at once; a refusal by its code."""
    outcomes: list[str] = []
    start = threading.Barrier(len(acts), timeout=20)

    def run(act) -> None:  # type: ignore[no-untyped-def]
        with app.app_context():
            start.wait()
            try:
                outcomes.append(act())
            except Refused as refused:
                outcomes.append(refused.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes
