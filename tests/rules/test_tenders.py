"""Splitting what is due over tenders, codes of gift cards, and what a count of a drawer tells."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules import gift_cards, tenders, till
from billing.rules.tenders import Offer, Share
from billing.rules.till import Flow
from config.errors import Refused
from locations.rules.entries import check
from locations.rules.tenders import tender_given_back, tender_paid

CARD, TILL = UUID(int=1), UUID(int=2)
SEA, BOI = UUID(int=3), UUID(int=4)


def test_a_gift_card_pays_what_it_holds_and_the_till_the_rest() -> None:
    offers = [Offer("gift_card", CARD, 2000), Offer("cash", TILL, None)]
    assert tenders.split(5500, offers) == (
        Share("gift_card", CARD, 2000),
        Share("cash", TILL, 3500),
    )
    assert tenders.split(1500, offers) == (Share("gift_card", CARD, 1500),)
    assert tenders.split(0, offers) == ()


@given(
    due=st.integers(0, 10**8),
    limits=st.lists(st.one_of(st.none(), st.integers(-5, 10**8)), max_size=6),
)
def test_nothing_is_paid_twice_and_nothing_is_lost(due: int, limits: list[int | None]) -> None:
    offers = [Offer("gift_card", CARD, limit) for limit in limits]
    shares = tenders.split(due, offers)
    left = tenders.left_over(due, shares)
    assert left >= 0
    assert all(share.amount_cents > 0 for share in shares)
    able = sum(max(0, one) for one in limits if one is not None)
    assert left == (0 if None in limits else max(0, due - able))


def test_change_of_100_for_60_69_is_39_31_and_60_is_too_little() -> None:
    assert tenders.change_cents(given_cents=10000, due_cents=6069) == 3931
    assert tenders.change_cents(given_cents=6069, due_cents=6069) == 0
    with pytest.raises(Refused, match="less than what is due"):
        tenders.change_cents(given_cents=6000, due_cents=6069)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0123-4567-89AB-CDEF", "0123456789ABCDEF"),
        (" 0123 4567 89ab cdef ", "0123456789ABCDEF"),
        ("O123-4567-89AB-CDEF", "0123456789ABCDEF"),
        ("iL23456789abcdef", "1123456789ABCDEF"),
        ("0123-4567-89AB-CDE", None),
        ("0123-4567-89AB-CDEF0", None),
        ("U123-4567-89AB-CDEF", None),
        ("0" * 5000, None),
        ("", None),
    ],
)
def test_a_code_is_read_as_people_write_it(typed: str, code: str | None) -> None:
    assert gift_cards.normalised(typed) == code


@given(key=st.uuids())
def test_a_code_is_sixteen_plain_letters_and_another_pepper_makes_another(key: UUID) -> None:
    code = gift_cards.code_of(key, pepper="salt")
    assert gift_cards.normalised(gift_cards.shown(code)) == code
    assert gift_cards.code_of(key, pepper="other") != code
    assert code not in gift_cards.digest_of(code, pepper="salt").upper()


@pytest.mark.parametrize(
    ("balance", "used", "below", "may"),
    [
        (499, True, 500, True),
        (500, True, 500, False),
        (499, False, 500, False),
        (0, True, 500, False),
        (100, True, 0, False),
    ],
)
def test_under_five_dollars_after_a_purchase_goes_out_in_cash(
    balance: int, used: bool, below: int, may: bool
) -> None:
    cashable = gift_cards.may_be_cashed(balance_cents=balance, used_before=used, below_cents=below)
    assert cashable is may


def test_a_drawer_of_100_after_a_day_and_a_count_that_is_2_short() -> None:
    flow = Flow(
        opening_cents=10000, cash_cents=6069, terminal_cents=6069, paid_in_cents=500,
        paid_out_cents=1200, deposit_cents=9000, refunded_cents=1000, cashed_cents=431,
        terminal_back_cents=69,
    )  # fmt: skip
    assert (flow.drawer_cents, flow.slips_cents) == (4938, 6000)
    count = till.counted(flow, counted_cents=4738, slips_cents=6001)
    assert (count.over_cents, count.slips_over_cents) == (-200, 1)
    assert till.opening_difference(counted_cents=5050, left_cents=5000) == 50
    assert till.opening_difference(counted_cents=5050, left_cents=None) == 5050


@pytest.mark.parametrize("held_at", [SEA, BOI])
@pytest.mark.parametrize("tender", ["gift_card", "account_credit"])
def test_entries_of_tenders_close_at_every_location(tender: str, held_at: UUID) -> None:
    about = {
        "payment_id": CARD, "on": date(2027, 3, 1), "currency": "USD", "location_id": SEA,
        "tender": tender, "held_at": held_at, "amount_cents": 4321, "invoice_id": TILL,
    }  # fmt: skip
    paid = tender_paid(**about)  # type: ignore[arg-type]
    back = tender_given_back(**about, reason="unpaid")  # type: ignore[arg-type]
    check(paid)
    check(back)
    assert [leg._replace(amount_cents=-leg.amount_cents) for leg in paid.legs] == list(back.legs)
    assert len(paid.legs) == (2 if held_at == SEA else 4)
