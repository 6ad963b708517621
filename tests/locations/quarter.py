"""Three months at three studios, with everything that happens to sessions and to time."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from locations.rules.deliveries import time_earned
from tests.locations.books import asked, book, credited, expired, noon, paid, sold, used

JAN, FEB, MAR = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)
LATE = noon(date(2027, 3, 20))


def lived(studios):
    """Post all of it."""
    sea, tac, boi = studios.sea, studios.tac, studios.boi
    plan = sold(boi, date(2027, 1, 10), net=18600, tax=1116, product="UNLIMITED")
    time = plan._replace(
        legs=tuple(
            leg._replace(account="deferred_time") if leg.account == "deferred_sessions" else leg
            for leg in plan.legs
        )
    )
    book(
        sold(sea, date(2027, 1, 4)),
        paid(sea, date(2027, 1, 4)),
        used(sea, sea, date(2027, 1, 5)),
        used(sea, tac, date(2027, 1, 31)),
        expired(sea, date(2027, 2, 3), to="expired_refundable"),
        sold(tac, date(2027, 1, 20), net=9000, tax=927, product="BOOSTER-3"),
        used(tac, tac, date(2027, 2, 1), cents=3000, product="BOOSTER-3"),
        used(tac, sea, date(2027, 3, 1), cents=3000, product="BOOSTER-3"),
        credited(tac, date(2027, 3, 2), net=3000, tax=309, product="BOOSTER-3"),
        sold(boi, date(2027, 2, 1), net=5500, tax=330, product="DROP-IN"),
        expired(boi, date(2027, 3, 3), cents=5500, product="DROP-IN"),
        sold(boi, date(2027, 3, 5), net=7900, tax=474, product="MAINT-2"),
        credited(boi, date(2027, 3, 6), net=7900, tax=474, owed="receivable", product="MAINT-2"),
        time,
        time_earned(
            source_id=uuid4(),
            on=date(2027, 1, 11),
            currency="USD",
            location_id=boi.id,
            plan="UNLIMITED",
            value_cents=600,
        ),
        now=LATE,
    )


def everywhere(studios, first=JAN, last=MAR):
    """All three studios in these months."""
    return asked(studios.sea, studios.tac, studios.boi, first=first, last=last)
