"""What goes back of an invoice, over which payments, and what Stripe's words mean."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules import credit, refund
from billing.rules.refund import Part, Room, Verdict
from billing.rules.standings import CreditLine, standings
from config.money import half_up
from locations.rules.entries import SaleLine

CARD, CASH, OLD = UUID(int=1), UUID(int=2), UUID(int=3)
BOOSTER = SaleLine("BOOSTER-3", "deferred_sessions", 9000, "WA 10.3 %", 927)
FEE = SaleLine("HOLD", "fees", 1000, "WA 10.3 %", 103)

nets = st.integers(1, 200_000)
rates = st.sampled_from([0, 60_000, 103_000, 103_500, 250_000])


def sold(net: int, rate_ppm: int, account: str = "deferred_sessions") -> SaleLine:
    return SaleLine("X", account, net, "T", half_up(net * rate_ppm, 1_000_000))


@given(net=nets, rate=rates, data=st.data())
def test_what_goodwill_gives_back_and_what_is_kept_are_what_was_paid(net, rate, data):
    line = sold(net, rate)
    paid, gone = line.net_cents + line.tax_cents, []
    while (left := refund.gross_left_cents(standings([line], gone))) and len(gone) < 12:
        cents = data.draw(st.integers(1, left))
        given_back = refund.goodwill(standings([line], gone), cents)
        assert given_back.total_cents == cents
        assert all(one.net_cents >= 0 and one.tax_cents >= 0 for one in given_back.lines)
        gone += given_back.lines
        so_far = sum(one.net_cents + one.tax_cents for one in gone)
        assert so_far + left - cents == paid
        # The tax of all so far is its share of what was charged, however it was cut.
        assert sum(one.net_cents for one in gone) == half_up(net * so_far, paid)
    if not left:
        assert sum(one.net_cents for one in gone) == line.net_cents
        assert sum(one.tax_cents for one in gone) == line.tax_cents


@given(net=nets, rate=rates, data=st.data())
def test_goodwill_then_the_unused_rest_never_come_to_more_than_was_paid(net, rate, data):
    line = sold(net, rate)
    paid = line.net_cents + line.tax_cents
    kind = refund.goodwill(standings([line], []), data.draw(st.integers(1, paid)))
    unused = data.draw(st.integers(0, net))
    rest = credit.share([line], kind.lines, unused_cents=unused)
    assert kind.total_cents + rest.total_cents <= paid
    assert rest.net_cents >= 0
    assert rest.tax_cents >= 0
    # All that the account gives up leaves it, whoever pays for it.
    assert (
        sum(one.net_cents for one in rest.lines if one.liability_account == one.sold_as) == unused
    )
    everything = credit.whole([line], [*kind.lines, *rest.lines])
    assert kind.total_cents + rest.total_cents + everything.total_cents == paid
    booked = [*kind.lines, *rest.lines, *everything.lines]
    assert sum(one.net_cents for one in booked if one.liability_account == "concessions") == 0


@given(net=nets, rate=rates, data=st.data())
def test_after_the_unused_went_back_goodwill_ends_with_all_of_net_and_tax(net, rate, data):
    line = sold(net, rate)
    gone = list(credit.share([line], [], unused_cents=data.draw(st.integers(0, net))).lines)
    while (left := refund.gross_left_cents(standings([line], gone))) and len(gone) < 12:
        given_back = refund.goodwill(standings([line], gone), data.draw(st.integers(1, left)))
        assert all(one.net_cents >= 0 and one.tax_cents >= 0 for one in given_back.lines)
        gone += given_back.lines
    if not left:
        assert sum(one.net_cents for one in gone) == line.net_cents
        assert sum(one.tax_cents for one in gone) == line.tax_cents


@given(
    away=st.integers(1, 100_000),
    more=st.integers(1, 100_000),
    rates=st.tuples(rates, rates),
    to=st.sampled_from(["deferred_sessions", "deferred_time"]),
    data=st.data(),
)
def test_of_a_bill_with_two_sides_no_more_goes_back_than_it_came_to(away, more, rates, to, data):
    old, new = sold(away, rates[0]), sold(away + more, rates[1], to)
    lines = [
        old._replace(net_cents=-away, tax_cents=-old.tax_cents, tax_name="old"),
        new._replace(tax_name="new"),
    ]
    total = more + new.tax_cents - old.tax_cents
    room = credit.creditable_cents(lines, [])
    assert room == more
    gone = list(credit.share(lines, [], unused_cents=data.draw(st.integers(0, room))).lines)
    left = refund.gross_left_cents(standings(lines, gone))
    if left:
        gone += refund.goodwill(standings(lines, gone), data.draw(st.integers(1, left))).lines
    unused = credit.creditable_cents(lines, gone)
    for rest in (credit.share(lines, gone, unused_cents=unused), credit.whole(lines, gone)):
        every = [*gone, *rest.lines]
        assert _gross(every) == total
        assert _net(every, "old") == -away
        assert _net(every, "new") == away + more


def test_a_change_under_a_new_tax_gives_back_of_both_sides_alike():
    lines = [
        SaleLine("MAINT-4", "deferred_sessions", -5267, "old", -543),
        SaleLine("MAINT-4", "deferred_sessions", 9267, "new", 961),
    ]
    assert credit.creditable_cents(lines, []) == 4000
    half = credit.share(lines, [], unused_cents=2000)
    assert [(one.tax_name, one.net_cents, one.tax_cents) for one in half.lines] == [
        ("old", -2634, -272),
        ("new", 4634, 481),
    ]
    found = refund.goodwill(standings(lines, []), 4418)
    assert [(one.tax_name, one.net_cents, one.tax_cents) for one in found.lines] == [
        ("old", -5267, -543),
        ("new", 9267, 961),
    ]
    with pytest.raises(ValueError, match="cannot give back 4419 of 4418"):
        refund.goodwill(standings(lines, []), 4419)


def test_a_gift_card_alone_is_given_back_unspent():
    card = SaleLine("GIFT", "gift_cards", 5000, "", 0)
    found = refund.unspent(standings([card], []), 1200)
    assert [(one.liability_account, one.net_cents) for one in found.lines] == [("gift_cards", 1200)]
    for others in ([FEE], [FEE, card]):
        with pytest.raises(ValueError, match="only a gift card"):
            refund.unspent(standings(others, []), 100)


@given(amounts=st.lists(st.integers(1, 50_000), min_size=1, max_size=5), data=st.data())
def test_what_goes_back_to_payments_is_what_is_owed_as_far_as_they_reach(amounts, data):
    rooms = [Room(UUID(int=n), "card", cents) for n, cents in enumerate(amounts)]
    owed = data.draw(st.integers(1, sum(amounts) * 2))
    parts = refund.spread(owed, rooms)
    assert sum(part.amount_cents for part in parts) == min(owed, sum(amounts))
    left = {room.payment_id: room.left_cents for room in rooms}
    assert all(0 < part.amount_cents <= left[part.payment_id] for part in parts)


def test_two_of_three_sessions_go_back_with_618_of_927_tax():
    found = credit.share([BOOSTER], [], unused_cents=6000)
    assert (found.net_cents, found.tax_cents, found.total_cents) == (6000, 618, 6618)


def test_twenty_dollars_of_goodwill_hold_their_share_of_the_tax_and_leave_the_sessions():
    found = refund.goodwill(standings([BOOSTER], []), 2000)
    assert found.lines == (
        CreditLine("BOOSTER-3", "concessions", 1813, "WA 10.3 %", 187, "deferred_sessions"),
    )


def test_what_goodwill_had_paid_for_is_not_paid_again_when_the_pack_ends():
    kind = refund.goodwill(standings([BOOSTER], []), 9927)
    rest = credit.share([BOOSTER], kind.lines, unused_cents=6000)
    assert rest.total_cents == 0
    assert [(one.liability_account, one.net_cents) for one in rest.lines] == [
        ("deferred_sessions", 6000),
        ("concessions", -6000),
    ]


def test_goodwill_over_two_lines_takes_of_each_by_its_worth():
    found = refund.goodwill(standings([BOOSTER, FEE], []), 1103)
    taken = {one.sold_as: one.net_cents + one.tax_cents for one in found.lines}
    assert taken == {"deferred_sessions": 993, "fees": 110}


def test_a_fee_that_should_not_have_been_leaves_the_fees_not_our_goodwill():
    found = refund.correction(standings([FEE], []), 1103)
    assert [(one.liability_account, one.net_cents, one.tax_cents) for one in found.lines] == [
        ("fees", 1000, 103)
    ]
    for others in ([BOOSTER], [FEE, BOOSTER]):
        with pytest.raises(ValueError, match="ends with its plan"):
            refund.correction(standings(others, []), 100)


@pytest.mark.parametrize("cents", [0, -1, 9928])
def test_nothing_less_than_nothing_and_more_than_was_paid_are_no_refund(cents):
    with pytest.raises(ValueError, match="cannot give back"):
        refund.goodwill(standings([BOOSTER], []), cents)


def test_a_promise_goes_to_the_first_payment_then_on_and_no_further():
    rooms = [Room(CARD, "card", 5000), Room(OLD, "card", 3000)]
    assert refund.spread(6000, rooms) == [Part(CARD, "card", 5000), Part(OLD, "card", 1000)]
    assert refund.spread(9000, rooms)[-1] == Part(OLD, "card", 3000)
    assert refund.spread(100, []) == []


STATES = ("ready", "sending", "pending", "succeeded", "failed")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_pair_of_state_and_news_has_an_answer(state, verdict):
    after = refund.next_state(state, verdict)
    expected = {
        Verdict.WAITING: {"ready": "pending", "sending": "pending"},
        Verdict.SENT: {
            "ready": "succeeded",
            "sending": "succeeded",
            "pending": "succeeded",
            "failed": "succeeded",
        },
        Verdict.FAILED: {
            "ready": "failed",
            "sending": "failed",
            "pending": "failed",
            "succeeded": "failed",
        },
    }
    assert after == expected[verdict].get(state)


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("succeeded", Verdict.SENT),
        ("pending", Verdict.WAITING),
        ("requires_action", Verdict.WAITING),
        ("failed", Verdict.FAILED),
        ("canceled", Verdict.FAILED),
        ("a word of next year", Verdict.WAITING),
    ],
)
def test_a_word_we_do_not_know_is_never_taken_for_failure(word, verdict):
    assert refund.seen(word) is verdict


def test_it_is_overdue_the_day_after_it_was_due():
    due = date(2027, 3, 31)
    assert not refund.is_overdue(due, on=due)
    assert refund.is_overdue(due, on=date(2027, 4, 1))
    assert not refund.is_overdue(None, on=due)


def test_looks_grow_rarer_up_to_two_hours():
    minutes = [refund.look_again_after(n).total_seconds() / 60 for n in range(8)]
    assert minutes == [2, 4, 8, 16, 32, 64, 120, 120]
    assert refund.look_again_after(100_000) == refund.LONGEST_LOOK


def _gross(lines: list[CreditLine]) -> int:
    return sum(one.net_cents + one.tax_cents for one in lines)


def _net(lines: list[CreditLine], tax: str) -> int:
    return sum(one.net_cents for one in lines if one.tax_name == tax)
