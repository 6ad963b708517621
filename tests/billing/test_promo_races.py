"""Two at once at the last use of a code; beside it the same without the guard."""

from __future__ import annotations

import threading
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

from config.db import db
from config.errors import Refused
from membership.models import PromoCode
from membership.rules.discount import Code
from tests.billing.test_races import MANY, at_once
from tests.support.story import Person, Story
from tests.support.story_promos import make_code, place_with, uses


def _try(story: Story, who: Person, code: Code) -> str:
    try:
        place_with(story, who, code)
    except Refused as refused:
        return refused.code
    return "placed"


def test_of_people_who_take_the_last_use_at_once_one_gets_it(app: Flask, story: Story) -> None:
    people = [story.join(name, "DROP-IN") for name in ("Ana Mora", "Ben Ito", "Cleo Ash")]
    code = make_code("LAST", percent_ppm=100_000, max_uses=1)
    works = [lambda who=who: _try(story, who, code) for who in people]
    assert sorted(at_once(app, *works)) == ["code_used_up", "code_used_up", "placed"]
    assert uses() == ["reserved"]


def test_a_person_who_takes_a_code_in_several_tabs_at_once_has_it_once(
    app: Flask, story: Story
) -> None:
    ana = story.join("Ana Mora", "DROP-IN")
    code = make_code("TABS", percent_ppm=100_000)
    told = at_once(app, lambda: _try(story, ana, code))
    assert sorted(told) == ["code_used"] * (MANY - 1) + ["placed"]
    assert uses() == ["reserved"]
    assert db.session.scalars(sa.select(PromoCode.uses)).one() == 1


def test_a_counter_that_is_read_and_then_written_gives_the_last_use_to_several(
    app: Flask, story: Story
) -> None:
    code = make_code("NAIVE", percent_ppm=100_000, max_uses=1)
    seen = threading.Barrier(MANY)

    def naive() -> bool:
        left = _left(code.id)
        seen.wait(timeout=30)
        return left > 0

    assert sum(at_once(app, naive)) == MANY


def _left(promo_id: UUID) -> int:
    row = db.session.get_one(PromoCode, promo_id)
    left = (row.max_uses or 0) - row.uses
    db.session.rollback()
    return left
