"""What a bank's word means, what follows what, and what a lost dispute takes: never too much."""

from __future__ import annotations

from datetime import date
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models.disputes import DISPUTE_STATES
from billing.rules.dispute import MEANINGS, Overturned, asks, is_answered, meaning, move
from config.money import allocate
from locations.rules.disputes import Disputed, NotOwed, dispute_lost, dispute_opened, dispute_won
from locations.rules.entries import check
from membership.rules.disputes import last_sessions

SEA, TAC = UUID(int=1), UUID(int=2)
COMMON = {
    "dispute_id": UUID(int=9),
    "on": date(2027, 1, 20),
    "currency": "USD",
    "location_id": SEA,
    "invoice_id": UUID(int=8),
}

MEANT = {
    ("inquiry", "inquiry"): "nothing",
    ("inquiry", "open"): "taken",
    ("inquiry", "won"): "taken",
    ("inquiry", "lost"): "taken",
    ("inquiry", "closed"): "closed",
    ("closed", "inquiry"): "nothing",
    ("closed", "open"): "taken",
    ("closed", "won"): "taken",
    ("closed", "lost"): "taken",
    ("closed", "closed"): "nothing",
    ("open", "inquiry"): "nothing",
    ("open", "closed"): "overturned",
    ("won", "inquiry"): "nothing",
    ("won", "closed"): "overturned",
    ("lost", "inquiry"): "nothing",
    ("lost", "closed"): "overturned",
    ("open", "open"): "nothing",
    ("open", "won"): "won",
    ("open", "lost"): "lost",
    ("won", "open"): "nothing",
    ("won", "won"): "nothing",
    ("won", "lost"): "overturned",
    ("lost", "open"): "nothing",
    ("lost", "lost"): "nothing",
    ("lost", "won"): "overturned",
}


@pytest.mark.parametrize(("state", "seen"), product(DISPUTE_STATES, DISPUTE_STATES))
def test_every_pair_of_what_is_written_and_what_is_seen_has_its_answer(
    state: str, seen: str
) -> None:
    expected = MEANT[state, seen]
    if expected == "overturned":
        with pytest.raises(Overturned):
            move(state, seen)  # type: ignore[arg-type]
    else:
        assert move(state, seen) == expected  # type: ignore[arg-type]


def test_a_warning_is_an_inquiry_and_an_unknown_word_is_never_guessed() -> None:
    assert meaning("warning_needs_response") == meaning("warning_under_review") == "inquiry"
    assert meaning("warning_closed") == meaning("prevented") == "closed"
    assert set(MEANINGS.values()) == set(DISPUTE_STATES)
    with pytest.raises(ValueError, match="half_won"):
        meaning("half_won")


def test_a_bank_or_an_inquiry_asks_until_it_has_an_answer_and_then_weighs_it() -> None:
    assert {word for word in MEANINGS if asks(word)} == {
        "needs_response",
        "warning_needs_response",
    }
    assert {word for word in MEANINGS if is_answered(word)} == {
        "under_review",
        "warning_under_review",
    }


def test_of_three_sessions_the_last_ones_that_the_money_covers_are_taken() -> None:
    assert last_sessions(remaining=3, remaining_cents=10000, worth_cents=10000) == (3, 10000)
    assert last_sessions(remaining=3, remaining_cents=10000, worth_cents=6666) == (2, 6666)
    assert last_sessions(remaining=3, remaining_cents=10000, worth_cents=6665) == (1, 3333)
    assert last_sessions(remaining=3, remaining_cents=10000, worth_cents=0) == (0, 0)
    assert last_sessions(remaining=0, remaining_cents=0, worth_cents=5) == (0, 0)


@given(remaining=st.integers(1, 30), cents=st.integers(0, 10**6), worth=st.integers(0, 10**6))
def test_no_more_is_revoked_than_the_money_that_went_and_what_stays_is_worth_the_rest(
    remaining: int, cents: int, worth: int
) -> None:
    found = last_sessions(remaining=remaining, remaining_cents=cents, worth_cents=worth)
    assert 0 <= found.cents <= worth
    kept = allocate(cents, remaining)[: remaining - found.sessions]
    assert sum(kept) + found.cents == cents


@given(
    amount=st.integers(1, 10**6),
    promised=st.integers(0, 10**6),
    here=st.integers(0, 10**6),
    there=st.integers(0, 10**6),
)
def test_a_lost_dispute_balances_at_every_location_whatever_it_takes(
    amount: int, promised: int, here: int, there: int
) -> None:
    entry = dispute_lost(
        Disputed(**COMMON, amount_cents=amount),  # type: ignore[arg-type]
        promised_cents=min(promised, amount),
        revoked=[
            NotOwed("deferred_sessions", SEA, "STARTER-3", here),
            NotOwed("deferred_sessions", TAC, "STARTER-3", there),
        ],
    )
    check(entry)
    assert sum(leg.amount_cents for leg in entry.legs if leg.account == "disputed") == -amount


def test_opened_and_won_are_opposites() -> None:
    about = Disputed(**COMMON, amount_cents=8718)  # type: ignore[arg-type]
    opened, won = dispute_opened(about), dispute_won(about)
    check(opened)
    check(won)
    assert {(leg.account, -leg.amount_cents) for leg in opened.legs} == {
        (leg.account, leg.amount_cents) for leg in won.legs
    }
