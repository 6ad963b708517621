"""Who may buy which pack, and on which days it is used and warned about."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config.calendar import Period
from config.errors import Refused
from membership.rules import catalog, packs
from membership.rules.packs import Buyer, Starter

TODAY = date(2027, 1, 14)
NOBODY = Buyer(had_starter=False, starter=None, plan_status=None, plan_ended_on=None)


def _code(kind: catalog.PackKind, buyer: Buyer) -> str | None:
    try:
        packs.require_may_buy(kind, buyer, on=TODAY)
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    ("had_starter", "status", "code"),
    [
        (False, None, None),
        (True, None, "one_per_person"),
        (False, "pending", "one_per_person"),
        (False, "active", "already_member"),
        (True, "active", "already_member"),
        (False, "grace", "already_member"),
        (False, "locked", "already_member"),
        (False, "frozen", "already_member"),
        (False, "ended", None),
        (True, "ended", "one_per_person"),
    ],
)
def test_a_starter_is_sold_once_per_person_and_not_to_members(
    had_starter: bool, status: str | None, code: str | None
) -> None:
    ended_on = TODAY if status == "ended" else None
    assert _code("starter", Buyer(had_starter, None, status, ended_on)) == code


@pytest.mark.parametrize(
    ("starter", "code"),
    [
        (None, "not_opened"),
        (Starter("unopened", None), "not_opened"),
        (Starter("open", date(2027, 1, 15)), None),
        (Starter("open", date(2027, 1, 14)), "phase_over"),
        (Starter("spent", date(2027, 1, 15)), None),
        (Starter("spent", date(2027, 1, 14)), "phase_over"),
        (Starter("expired", date(2027, 1, 10)), "phase_over"),
        (Starter("cancelled", None), "phase_over"),
    ],
)
def test_an_extension_belongs_to_a_running_intensive_phase(
    starter: Starter | None, code: str | None
) -> None:
    assert _code("extension", Buyer(starter is not None, starter, None, None)) == code


@pytest.mark.parametrize(
    ("status", "ended_days_ago", "code"),
    [
        (None, None, "for_members"),
        ("pending", None, "extension_instead"),
        ("active", None, None),
        ("grace", None, "in_arrears"),
        ("locked", None, "in_arrears"),
        ("frozen", None, "frozen"),
        ("ended", 60, None),
        ("ended", 61, "for_members"),
    ],
)
def test_a_booster_is_for_members_and_for_sixty_days_after(
    status: str | None, ended_days_ago: int | None, code: str | None
) -> None:
    ended_on = None if ended_days_ago is None else TODAY - timedelta(days=ended_days_ago)
    assert _code("booster", Buyer(True, None, status, ended_on)) == code


def test_a_booster_waits_while_the_intensive_phase_of_a_starter_goes_on() -> None:
    running = Starter("open", TODAY + timedelta(days=1))
    assert _code("booster", Buyer(True, running, "active", None)) == "extension_instead"
    over = Starter("open", TODAY)
    assert _code("booster", Buyer(True, over, "active", None)) is None


def test_a_managers_leave_opens_one_more_starter_but_not_to_members() -> None:
    assert _code("starter", Buyer(True, None, None, None, may_again=True)) is None
    assert _code("starter", Buyer(True, None, "active", None, may_again=True)) == "already_member"


def test_a_single_session_is_open_to_all() -> None:
    assert _code("drop_in", NOBODY) is None


def test_a_window_of_ten_days_from_january_4_closes_as_january_14_begins() -> None:
    window = packs.window(date(2027, 1, 4), window_days=10)
    assert window == Period(date(2027, 1, 4), date(2027, 1, 14))
    assert packs.window(date(2027, 1, 4), window_days=0) is None


def test_the_first_use_within_fourteen_days_may_be_on_the_fourteenth() -> None:
    last = packs.first_use_by(date(2027, 1, 4), first_use_days=14)
    assert last == date(2027, 1, 18)
    assert packs.usable_until(last) == date(2027, 1, 19)
    assert packs.first_use_by(date(2027, 1, 4), first_use_days=0) is None
    assert packs.usable_until(None) is None


@pytest.mark.parametrize(
    ("day", "warning"),
    [(4, None), (10, None), (11, 3), (12, 3), (13, 1), (14, None), (15, None)],
)
def test_a_window_that_closes_on_january_14_warns_on_the_11th_and_13th(
    day: int, warning: int | None
) -> None:
    assert packs.warning_due(date(2027, 1, 14), on=date(2027, 1, day)) == warning
    assert packs.warned_on(date(2027, 1, 14), 3) == date(2027, 1, 11)


def test_credits_end_the_day_after_their_last_and_the_other_way_round() -> None:
    last = date(2028, 2, 29)
    assert packs.usable_until(last) == date(2028, 3, 1)
    assert packs.last_day(date(2028, 3, 1)) == last
    assert packs.usable_until(None) is packs.last_day(None) is None
