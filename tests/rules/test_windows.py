"""How long packs are used, how long the intensive phase lasts, and when a gap is worth a word."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Invalid
from membership.rules import windows
from membership.rules.windows import Gap

OPENED, END = date(2027, 1, 4), date(2027, 1, 14)
DAYS = st.dates(date(2027, 1, 1), date(2027, 6, 1))


def phase_end(
    *ends: date,
    opened_on: date | None = OPENED,
    window_end: date | None = END,
    done_on: date | None = None,
) -> date | None:
    return windows.phase_end(
        opened_on=opened_on, window_end=window_end, extension_ends=ends, done_on=done_on
    )


def test_an_extension_moves_the_end_of_the_phase_but_not_past_day_60() -> None:
    assert phase_end() == END
    assert phase_end(date(2027, 1, 22), date(2027, 1, 12)) == date(2027, 1, 22)
    assert phase_end(date(2027, 4, 1)) == date(2027, 3, 5)
    assert phase_end(opened_on=None, window_end=None) is None


def test_who_is_done_on_the_8th_is_no_longer_in_the_phase_on_the_8th() -> None:
    assert phase_end(done_on=date(2027, 1, 8)) == date(2027, 1, 8)
    assert phase_end(date(2027, 1, 22), done_on=date(2027, 1, 18)) == date(2027, 1, 18)


def test_being_done_brings_no_charge_forward() -> None:
    early = windows.converts_from(window_end=END, phase_end=date(2027, 1, 8))
    assert early == END
    assert windows.converts_from(window_end=END, phase_end=date(2027, 1, 22)) == date(2027, 1, 22)
    assert windows.converts_from(window_end=None, phase_end=None) is None


@given(DAYS, st.integers(1, 60), st.lists(DAYS), st.none() | DAYS)
def test_the_phase_lasts_no_longer_than_its_window_or_day_60(
    opened_on: date, days: int, ends: list[date], done_on: date | None
) -> None:
    window_end = opened_on + timedelta(days=days)
    found = phase_end(*ends, opened_on=opened_on, window_end=window_end, done_on=done_on)
    assert found is not None
    assert found <= max(window_end, opened_on + timedelta(days=60))
    assert done_on is None or found <= done_on
    converts = windows.converts_from(window_end=window_end, phase_end=found)
    assert converts is not None
    assert converts >= window_end


def test_an_extension_bought_on_the_10th_is_valid_to_the_19th() -> None:
    until = windows.extension_until(date(2027, 1, 10), window_days=10)
    assert until == date(2027, 1, 20)
    assert windows.extension_until(date(2027, 1, 10), window_days=0) is None


def test_a_window_is_moved_by_days_counted_from_its_own_end() -> None:
    assert windows.moved(END, days=3, on=date(2027, 1, 15)) == date(2027, 1, 17)


@pytest.mark.parametrize(("days", "day"), [(0, 15), (-3, 15), (61, 15), (3, 17), (1, 20)])
def test_a_window_is_not_moved_backwards_too_far_or_into_the_past(days: int, day: int) -> None:
    with pytest.raises(Invalid) as invalid:
        windows.moved(END, days=days, on=date(2027, 1, day))
    assert [problem.field for problem in invalid.value.fields] == ["/days"]


@pytest.mark.parametrize(
    ("day", "left", "expected"),
    [
        (6, 2, None),
        (7, 2, Gap(3, 2, 7, 0)),
        (12, 2, Gap(8, 2, 2, 0)),
        (13, 2, Gap(9, 2, 1, 1)),
        (13, 0, None),
        (14, 2, None),
    ],
)
def test_a_gap_after_the_4th_is_told_from_the_7th_on(
    day: int, left: int, expected: Gap | None
) -> None:
    found = windows.gap(
        last_session_on=OPENED, window_end=END, sessions_left=left, on=date(2027, 1, day)
    )
    assert found == expected


def test_more_sessions_than_days_are_told_the_day_after_one() -> None:
    found = windows.gap(
        last_session_on=date(2027, 1, 12),
        window_end=END,
        sessions_left=2,
        on=date(2027, 1, 13),
    )
    assert found == Gap(1, 2, 1, 1)
