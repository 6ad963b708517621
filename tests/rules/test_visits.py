"""The traffic light: who may come in, what the session is taken from, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from membership.rules.credits import Credit
from membership.rules.visit_values import CheckInPreview, HeldPlan, Source
from membership.rules.visits import REASONS, decide

PLACE = UUID(int=1)
TODAY = date(2027, 1, 6)
EARLIER = datetime(2027, 1, 6, 15, tzinfo=UTC)


def _credit(key: int, *, until: date | None = date(2027, 1, 14), left: int = 2) -> Credit:
    made = datetime(2027, 1, 4, tzinfo=UTC)
    return Credit(UUID(int=key), left, "firm", date(2027, 1, 4), until, None, made)


STARTER = Source(
    _credit(10), "Starter", 3, pack_id=UUID(int=11), pack_kind="starter", pack_state="open"
)
BOOSTER = replace(
    STARTER, credit=_credit(20, until=date(2027, 3, 1)), name="Booster", pack_kind="booster"
)
PLAN_ID = UUID(int=30)


def _plan(status: str, *, unlimited: bool = False) -> HeldPlan:
    begins = None if status == "pending" else date(2027, 1, 1)
    return HeldPlan(PLAN_ID, "Maintenance", status, unlimited, begins, None)


def _period(status: str) -> Source:
    return Source(
        _credit(40, until=date(2027, 2, 1)),
        "Maintenance",
        2,
        membership_id=PLAN_ID,
        plan_status=status,
    )


def _decide(
    *sources: Source, plan: HeldPlan | None = None, last: datetime | None = None
) -> CheckInPreview:
    return decide(sources, plan, location_id=PLACE, on=TODAY, last_today_at=last)


def test_a_starter_with_two_left_is_green_and_leaves_one() -> None:
    found = _decide(STARTER)
    assert (found.allowed, found.light, found.code) == (True, "green", "ok")
    assert (found.source, found.left, found.left_after) == ("Starter", 2, 1)
    assert (found.grant_id, found.pack_id) == (UUID(int=10), UUID(int=11))


def test_a_starter_gives_one_session_a_day() -> None:
    found = _decide(replace(STARTER, used_today=True), last=EARLIER)
    assert (found.allowed, found.light, found.code) == (False, "red", "one_a_day")
    assert found.grant_id is None


def test_after_the_starters_session_of_the_day_another_pack_may_be_used() -> None:
    found = _decide(replace(STARTER, used_today=True), BOOSTER, last=EARLIER)
    assert (found.allowed, found.light, found.code) == (True, "amber", "again_today")
    assert found.source == "Booster"


def test_a_booster_may_be_used_twice_a_day() -> None:
    assert _decide(replace(BOOSTER, used_today=True), last=EARLIER).allowed


def test_what_expires_first_is_taken_first() -> None:
    assert _decide(BOOSTER, STARTER).source == "Starter"


@pytest.mark.parametrize(
    ("status", "light", "code"),
    [
        ("pending", "red", "not_started"),
        ("active", "green", "ok"),
        ("grace", "amber", "grace"),
        ("locked", "red", "locked"),
        ("frozen", "red", "frozen"),
        ("ended", "red", "ended"),
    ],
)
def test_a_plans_sessions_follow_its_status(status: str, light: str, code: str) -> None:
    live = None if status == "ended" else _plan(status)
    found = _decide(_period(status), plan=live)
    assert (found.light, found.code, found.allowed) == (light, code, light != "red")
    assert found.reason == REASONS[code]


@pytest.mark.parametrize(
    ("status", "light", "code"),
    [
        ("pending", "red", "not_started"),
        ("active", "green", "ok"),
        ("grace", "amber", "grace"),
        ("locked", "red", "locked"),
        ("frozen", "red", "frozen"),
    ],
)
def test_an_unlimited_plan_lets_in_without_a_credit(status: str, light: str, code: str) -> None:
    found = _decide(plan=_plan(status, unlimited=True))
    assert (found.light, found.code) == (light, code)
    assert found.grant_id is None
    assert found.membership_id == (None if light == "red" else PLAN_ID)


def test_an_unlimited_plan_spares_the_pack() -> None:
    found = _decide(BOOSTER, plan=_plan("active", unlimited=True))
    assert (found.source, found.grant_id) == ("Maintenance", None)


def test_a_plan_that_ends_today_lets_nobody_in_today() -> None:
    ending = replace(_plan("active", unlimited=True), ends_on=TODAY)
    assert not _decide(plan=ending).allowed


def test_a_locked_plan_leaves_separately_paid_packs_to_be_used() -> None:
    found = _decide(_period("locked"), BOOSTER, plan=_plan("locked"))
    assert (found.allowed, found.light, found.code) == (True, "amber", "pack_instead")
    assert found.source == "Booster"


def test_nothing_held_nothing_left_and_expired_say_so() -> None:
    assert _decide().code == "nothing_held"
    assert _decide(plan=_plan("active")).code == "credits_exhausted"
    past = replace(STARTER, credit=_credit(10, until=TODAY))
    assert _decide(past).code == "nothing_held"


def test_a_given_session_needs_neither_pack_nor_plan() -> None:
    assert _decide(Source(_credit(50), "COMP", 2)).light == "green"
