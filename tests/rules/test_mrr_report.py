"""The movement of recurring revenue adds up: month to month, and location to location."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from config.calendar import months_between
from membership.rules.mrr_report import KINDS, Sum, moved_in_all, movements

SEA, BOI = UUID(int=1), UUID(int=2)
JANUARY, APRIL = date(2027, 1, 1), date(2027, 4, 1)
MONTHS = months_between(JANUARY, APRIL)


def test_a_month_opens_with_what_the_one_before_closed_with() -> None:
    sums = [
        Sum(SEA, JANUARY, "new", 13900),
        Sum(SEA, date(2027, 3, 1), "contraction", -6000),
        Sum(BOI, date(2027, 3, 1), "moved_in", 7900),
    ]
    rows = movements({SEA: 18600, BOI: 0}, sums, months=MONTHS)
    sea = [(row.opening_cents, row.closing_cents) for row in rows if row.location_id == SEA]
    assert sea == [(18600, 32500), (32500, 32500), (32500, 26500), (26500, 26500)]
    boi = [row.closing_cents for row in rows if row.location_id == BOI]
    assert boi == [0, 0, 7900, 7900]
    assert rows[4].moved["contraction"] == -6000
    assert rows[4].moved["new"] == 0


@given(
    st.dictionaries(st.sampled_from([SEA, BOI]), st.integers(0, 10**6), min_size=2),
    st.lists(
        st.builds(
            Sum,
            st.sampled_from([SEA, BOI]),
            st.sampled_from(MONTHS),
            st.sampled_from(KINDS),
            st.integers(-(10**6), 10**6),
        ),
        max_size=30,
    ),
)
def test_everything_that_moved_lies_between_the_first_opening_and_the_last_close(
    opening: dict[UUID, int], sums: list[Sum]
) -> None:
    rows = movements(opening, sums, months=MONTHS)
    closing = sum(row.closing_cents for row in rows if row.month == APRIL)
    assert closing == sum(opening.values()) + sum(one.delta_cents for one in sums)
    assert sum(moved_in_all(rows).values()) == sum(one.delta_cents for one in sums)
    for earlier in rows:
        for later in rows:
            if later.location_id == earlier.location_id and later.month > earlier.month:
                between = [
                    one.delta_cents
                    for one in sums
                    if one.location_id == later.location_id
                    and earlier.month < one.month < later.month
                ]
                assert later.opening_cents == earlier.closing_cents + sum(between)
