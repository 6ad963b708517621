"""Queries asked together: only those that would find nothing are named."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from config.questions import Questions
from locations.models import Location
from tests.support.studio import SINCE, Studio

OPENED = sa.select(Location).where(Location.opened_on <= sa.bindparam("on")).order_by(Location.name)
ASKED = Questions(
    {
        "here": OPENED.where(Location.slug.in_(("sea", "nowhere"))),
        "there": OPENED.where(Location.slug == "nowhere"),
        "this one": sa.select(Location.slug).where(Location.id == sa.bindparam("id")),
    }
)


def test_queries_are_idle_that_find_nothing_for_these_values(studio: Studio) -> None:
    sea, nobody = studio.id_of("sea"), next(iter(studio.packs.values()))
    assert ASKED.idle({"on": SINCE, "id": sea}) == {"there"}
    assert ASKED.idle({"on": SINCE, "id": nobody}) == {"there", "this one"}
    assert ASKED.idle({"on": date(2025, 12, 31), "id": sea}) == {"here", "there"}
