"""Sessions that are limited to the studio that sold them, on plans and on packs."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from config.db import db, transaction
from config.errors import Refused
from membership.models import PackVersion, PlanVersion
from membership.rules.use_order import order_of_use
from membership.visits import visit_rows
from tests.membership import plans
from tests.membership.shop import Shop, buy, come, grant_now, join, noon, open_shop


@pytest.fixture
def shop(app: Flask) -> Shop:
    """Nothing that this group sells is valid at the other studio."""
    found = open_shop()
    with transaction():
        # As a price list would have made them: versions cannot be edited by any service.
        for model in (PackVersion, PlanVersion):
            db.session.execute(sa.update(model).values(roams=False))
    return found


def test_plan_that_does_not_roam_is_used_where_it_was_sold_in_every_period(shop: Shop) -> None:
    ada = join(shop.boise)
    held = plans.live(ada, shop.maint_2, shop.boise, date(2027, 1, 10))
    come(ada, shop.boise, noon(1, 11))
    with pytest.raises(Refused):
        come(ada, shop.seattle, noon(1, 12))
    plans.bill(shop.boise, date(2027, 2, 10))
    plans.pay(held, date(2027, 2, 10))
    with pytest.raises(Refused):
        come(ada, shop.seattle, noon(2, 11))
    come(ada, shop.boise, noon(2, 11))


def test_limited_sessions_go_before_general_ones_of_the_same_day_and_are_told_so(
    shop: Shop,
) -> None:
    ada = join(shop.seattle)
    limited = buy(ada, shop.starter, shop.seattle, noon(1, 4))
    with transaction():
        db.session.execute(sa.update(PackVersion).values(roams=True))
    assert grant_now(limited).scope_id == shop.seattle
    on = date(2027, 1, 4)
    (source,) = visit_rows.standings([ada], on=on)[ada].sources
    (here,) = order_of_use([source], location_id=shop.seattle, on=on)
    (there,) = order_of_use([source], location_id=shop.boise, on=on)
    assert (here.here_only, here.not_now) == (True, None)
    assert there.not_now == "At another studio only."
