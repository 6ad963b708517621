"""The roll-forward and the months of the books: no cent goes two ways, and none is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locations.rules.entries import Entry, Leg
from locations.rules.months import in_open_months, next_to_lock, surely_open_from
from locations.rules.roll_forward import (
    EXPIRED,
    OPENING,
    REDEEMED,
    REFUNDED,
    SOLD,
    TAKEN_BACK,
    VOIDED,
    LineKey,
    LineSum,
    roll_forward,
)

SEA, TAC = UUID(int=1), UUID(int=2)
KINDS = (*SOLD, *REDEEMED, *EXPIRED, TAKEN_BACK, *VOIDED, *REFUNDED, "change_moved", "unheard_of")
ACCOUNTS = ("deferred_sessions", "deferred_time", "breakage", "expired_refundable")
CENTS = st.integers(min_value=-(10**9), max_value=10**9)
SUMS = st.builds(
    LineSum,
    st.sampled_from([SEA, TAC]),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(["STARTER-3", "MAINT-2"]),
    st.sampled_from(KINDS),
    CENTS,
)
OPENINGS = SUMS.filter(lambda one: one.account.startswith("deferred")).map(
    lambda one: one._replace(kind=OPENING)
)


@given(st.lists(OPENINGS), st.lists(SUMS))
def test_every_line_closes_on_the_sum_of_all_that_moved_on_its_account(opening, moved) -> None:
    lines = roll_forward([*opening, *moved])
    for key, line in lines.items():
        meant = sum(
            one.credit_cents
            for one in (*opening, *moved)
            if (one.location_id, one.account, one.product) == key
        )
        assert line.closing_cents == meant
        assert line.opening_cents == sum(one.credit_cents for one in opening if one[:3] == key)
    assert {LineKey(*one[:3]) for one in opening} <= lines.keys()


def test_expired_credits_are_kept_or_refundable_and_were_not_delivered() -> None:
    moved = [
        LineSum(SEA, "deferred_sessions", "P", "expiry", -6600),
        LineSum(SEA, "breakage", "P", "expiry", 3300),
        LineSum(SEA, "expired_refundable", "P", "expiry", 3300),
    ]
    opening = LineSum(SEA, "deferred_sessions", "P", OPENING, 9900)
    (line,) = roll_forward([opening, *moved]).values()
    assert (line.breakage_cents, line.refundable_cents, line.redeemed_cents) == (3300, 3300, 0)
    assert line.closing_cents == 3300


WAYS = [
    *((kind, "sold_cents", 1) for kind in SOLD),
    *((kind, "redeemed_cents", -1) for kind in REDEEMED),
    *((kind, "voided_cents", -1) for kind in VOIDED),
    *((kind, "refunded_cents", -1) for kind in REFUNDED),
    ("change_moved", "changes_cents", 1),
    ("taken_back", "redeemed_cents", -1),
]


@pytest.mark.parametrize(("kind", "column", "sign"), WAYS)
def test_what_moved_stands_in_the_column_of_its_event_and_in_no_other(kind, column, sign) -> None:
    (line,) = roll_forward([LineSum(SEA, "deferred_sessions", "P", kind, 3300)]).values()
    moved = {name: cents for name, cents in line.cents().items() if cents}
    assert moved == {column: sign * 3300, "closing_cents": 3300}


def test_value_that_became_dormant_is_not_taken_off_a_second_time() -> None:
    assert roll_forward([LineSum(SEA, "expired_refundable", "P", "reported", -3300)]) == {}


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 12, 31, 9, 59, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 12, 31, 10, 0, tzinfo=UTC), date(2027, 1, 1)),  # Kiritimati's new year
        (datetime(2027, 1, 15, 0, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_month_may_be_locked_once_the_first_wall_on_earth_has_left_it(now, month) -> None:
    assert surely_open_from(now) == month


@given(st.lists(st.integers(0, 90), max_size=20))
def test_entries_of_locked_months_keep_their_legs_and_find_the_first_open_day(ages) -> None:
    open_from = date(2027, 1, 1)
    legs = (Leg("till", SEA, 1), Leg("bank", SEA, -1))
    entries = [
        Entry("till_paid_in", "till_move", uuid4(), date(2027, 1, 15) - timedelta(n), "USD", legs)
        for n in ages
    ]
    for before, after in zip(entries, in_open_months(entries, locked_until=open_from), strict=True):
        assert after.legs is before.legs
        assert after.occurred_on == max(before.occurred_on, open_from)
        late = before.occurred_on < open_from
        assert after.for_month == (before.occurred_on.replace(day=1) if late else None)


def test_an_entry_that_was_late_before_keeps_the_month_it_is_of() -> None:
    entry = Entry("x", "y", uuid4(), date(2027, 1, 1), "USD", (), for_month=date(2026, 11, 1))
    (moved,) = in_open_months([entry], locked_until=date(2027, 2, 1))
    assert (moved.occurred_on, moved.for_month) == (date(2027, 2, 1), date(2026, 11, 1))


def test_months_are_locked_from_the_first_with_books_one_after_the_other() -> None:
    assert next_to_lock([], first_booked=None) is None
    assert next_to_lock([], first_booked=date(2026, 11, 1)) == date(2026, 11, 1)
    locked = [date(2026, 11, 1), date(2026, 12, 1)]
    assert next_to_lock(locked, first_booked=date(2026, 11, 1)) == date(2027, 1, 1)
