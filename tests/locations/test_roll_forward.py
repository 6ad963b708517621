"""The roll-forward: each month closes on what is still owed, and the next one opens with it."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import sqlalchemy as sa

from config.db import db
from locations import roll_forward
from locations.models import Posting
from tests.locations.books import asked, book, expired, sold
from tests.locations.quarter import FEB, JAN, LATE, MAR, everywhere


def test_every_line_of_the_roll_forward_closes_on_what_is_still_owed(quarter):
    table = roll_forward.table(everywhere(quarter))
    lines = {(r.location, r.detail): r.values for r in table.rows}
    sea = lines["sea", "STARTER-3"]
    assert (sea["sold_cents"], sea["redeemed_cents"], sea["refundable_cents"]) == (9900, 6600, 3300)
    assert (sea["opening_cents"], sea["closing_cents"]) == (0, 0)
    tac = lines["tac", "BOOSTER-3"]
    assert (tac["sold_cents"], tac["redeemed_cents"], tac["refunded_cents"]) == (9000, 6000, 3000)
    assert lines["boi", "DROP-IN"]["breakage_cents"] == 5500
    assert lines["boi", "MAINT-2"]["voided_cents"] == 7900
    time = lines["boi", "UNLIMITED"]
    assert (time["owed_in"], time["redeemed_cents"], time["closing_cents"]) == ("time", 600, 18000)
    for (slug, name), values in lines.items():
        place = getattr(quarter, slug)
        assert values["closing_cents"] == -_of_product(place.id, name), (slug, name)


def test_what_one_month_closes_with_the_next_one_opens_with(quarter):
    for earlier, later in ((JAN, FEB), (FEB, MAR)):
        closing = _closing(roll_forward.table(everywhere(quarter, earlier, earlier)))
        opening = {
            (r.location, r.detail): r.values["opening_cents"]
            for r in roll_forward.table(everywhere(quarter, later, later)).rows
        }
        assert {k: c for k, c in closing.items() if c} == {k: c for k, c in opening.items() if c}


def test_an_undone_expiry_is_no_delivery(studios):
    lost = expired(studios.sea, date(2027, 1, 20))
    back = lost._replace(
        kind="taken_back",
        source_id=uuid4(),
        legs=tuple(leg._replace(amount_cents=-leg.amount_cents) for leg in lost.legs),
    )
    book(sold(studios.sea, JAN), lost, back, now=LATE)
    (row,) = roll_forward.table(asked(studios.sea, first=JAN, last=JAN)).rows
    assert (row.values["breakage_cents"], row.values["redeemed_cents"]) == (0, 0)
    assert row.values["closing_cents"] == 9900


def _closing(table):
    return {(r.location, r.detail): r.values["closing_cents"] for r in table.rows}


def _of_product(location_id, name):
    query = sa.select(sa.func.sum(Posting.amount_cents)).where(
        Posting.location_id == location_id,
        Posting.account.in_(("deferred_sessions", "deferred_time")),
        Posting.detail == name,
    )
    return db.session.scalar(query) or 0
