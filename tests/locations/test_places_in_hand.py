"""A studio that a request or a job has in hand is read once; what may change is read anew."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy import event

from config.base import table_of
from config.db import db, transaction
from locations import business_days, places
from locations.models import Location, LocationDay

SEP_3 = date(2027, 9, 3)


def test_a_studio_in_hand_is_read_once_and_its_day_anew_in_each_transaction(studios):
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    with transaction():
        business_days.reached(studios.sea.id, SEP_3)
    seattle = places.get(studios.sea.id)
    day = db.session.get_one(LocationDay, seattle.id)
    event.listen(db.engine, "before_cursor_execute", note)
    with transaction():
        assert places.get(seattle.id) is seattle
        assert seattle.name == "Seattle"
        assert day.high_water == SEP_3
    event.remove(db.engine, "before_cursor_execute", note)
    assert sum("FROM location_day" in one for one in asked) == 1
    assert not any("FROM location \n" in one for one in asked)


def test_whoever_holds_a_studio_sees_what_another_hand_wrote_meanwhile(studios):
    seattle = places.get(studios.sea.id)
    with db.engine.begin() as other:
        other.execute(sa.update(table_of(Location)).values(closes_on=SEP_3))
    with transaction():
        assert seattle.closes_on is None
        assert places.held(seattle.id).closes_on == SEP_3
