"""The doctor finds nothing in a healthy group, and each thing that somebody broke."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from config.db import db, transaction
from membership.models import CreditGrant, Membership, MembershipPeriod
from tests.membership.plans import bill, complaints, live
from tests.membership.shop import join, open_shop

Break = Callable[[], sa.Update]
NOWHERE = UUID(int=1)


def _periods(**values: object) -> Break:
    return lambda: sa.update(MembershipPeriod).where(MembershipPeriod.n == 1).values(**values)


def _plans(**values: object) -> Break:
    return lambda: sa.update(Membership).values(**values)


BROKEN = {
    "a period at no location": (_periods(location_id=NOWHERE), "A2"),
    "a gap between periods": (_periods(start=date(2027, 2, 2)), "B2"),
    "a membership that forgot a period": (_plans(next_n=1), "B2"),
    "a due date off its anchor": (_plans(next_due_on=date(2027, 3, 2)), "B5"),
    "a period after the end": (_plans(ends_on=date(2027, 1, 15)), "B6"),
    "an active plan in arrears": (_plans(arrears_since=date(2027, 2, 1)), "E3"),
    "an ended plan without a date": (_plans(status="ended"), "E3"),
    "time earned twice": (_periods(earned_cents=1), "L7-time"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_each_broken_thing_is_found(app: Flask, what: str) -> None:
    shop = open_shop()
    live(join(shop.seattle), shop.unlimited, shop.seattle, date(2027, 1, 1))
    bill(shop.seattle, date(2027, 2, 1))
    assert complaints() == []
    statement, code = BROKEN[what]
    with transaction():
        db.session.execute(statement())
    assert code in {complaint.split(":")[0] for complaint in complaints()}


def test_sessions_at_no_location_are_found(app: Flask) -> None:
    shop = open_shop()
    live(join(shop.seattle), shop.maint_2, shop.seattle, date(2027, 1, 1))
    bill(shop.seattle, date(2027, 2, 1))
    assert complaints() == []
    with transaction():
        db.session.execute(sa.update(CreditGrant).values(location_id=NOWHERE))
    assert any("lies at no location" in complaint for complaint in complaints())
