"""When a declined payment is tried again: what its codes mean, which dates follow, which caps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.models.payments import DECLINE_CLASSES
from billing.rules import dunning
from billing.rules.credit import share
from billing.rules.dunning import DeclineClass, Refusal, classify
from billing.rules.janitor import DAY_MS, HOUR_MS, MINUTE_MS, look_due
from locations.rules.entries import SaleLine

FIRST = date(2027, 6, 1)
NOON = datetime(2027, 6, 1, 19, tzinfo=UTC)
SOLD = SaleLine("MAINT-2", "deferred_sessions", 7900, "Sales tax", 818)
NEVER = ("04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1")


def planned(
    *, tries: int, declined_on: date, waits_until: date = FIRST, kind: DeclineClass = "soft"
) -> date | None:
    return dunning.next_try(
        FIRST, tries=tries, declined_on=declined_on, waits_until=waits_until, kind=kind
    )


@pytest.mark.parametrize("code", NEVER)
def test_a_network_code_that_says_never_is_a_hard_decline(code: str) -> None:
    assert classify(Refusal("generic_decline", network_code=code)) == "hard"
    assert classify(Refusal("generic_decline", network_code="05")) == "soft"


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (Refusal("lost_card"), "hard"),
        (Refusal("stolen_card"), "hard"),
        (Refusal("pickup_card"), "hard"),
        (Refusal("stop_payment_order"), "hard"),
        (Refusal("revocation_of_authorization"), "hard"),
        (Refusal("transaction_not_allowed"), "hard"),
        (Refusal("insufficient_funds", "51", "03"), "hard"),
        (Refusal("insufficient_funds", "51", "21"), "hard"),
        (Refusal("do_not_honor", "05", None, "do_not_try_again"), "hard"),
        (Refusal("insufficient_funds", "51", "01"), "needs_new_card"),
        (Refusal("expired_card", "54"), "needs_new_card"),
        (Refusal("incorrect_cvc", "N7", None, "confirm_card_data"), "needs_new_card"),
        (Refusal("do_not_honor", "05", None, "confirm_card_data"), "needs_new_card"),
        (Refusal("no_card"), "needs_new_card"),
        (Refusal("authentication_required", "1A"), "authentication"),
        (Refusal("insufficient_funds", "51", "02"), "wait"),
        (Refusal("insufficient_funds", "51", "26", "try_again_later"), "wait"),
        (Refusal("insufficient_funds", "51"), "soft"),
        (Refusal("do_not_honor", "05", "99"), "soft"),
        (Refusal(None), "soft"),
        (Refusal("expired_card", "41", "26"), "hard"),
    ],
)
def test_the_gravest_of_what_a_decline_says_decides(refusal: Refusal, expected: str) -> None:
    assert classify(refusal) == expected
    assert expected in DECLINE_CLASSES


@pytest.mark.parametrize(
    ("advice", "hours"),
    [
        *(("24", 1), ("25", 24), ("02", 72), ("26", 48), ("27", 96), ("28", 144), ("29", 192)),
        *(("30", 240), ("03", 0), (None, 0), ("40", 0)),
    ],
)
def test_each_advice_to_wait_has_its_span(advice: str | None, hours: int) -> None:
    assert dunning.wait_after(advice) == timedelta(hours=hours)


def test_a_decline_of_1_june_is_tried_on_the_3rd_6th_and_10th_and_then_no_more() -> None:
    tries = [FIRST, date(2027, 6, 3), date(2027, 6, 6), date(2027, 6, 10)]
    found = [planned(tries=n, declined_on=on) for n, on in enumerate(tries, start=1)]
    assert found == [*tries[1:], None]


def test_advice_to_wait_two_days_leaves_the_3rd_of_june_and_ten_days_move_it_to_the_11th() -> None:
    two, ten = date(2027, 6, 3), date(2027, 6, 11)
    assert planned(tries=1, declined_on=FIRST, waits_until=two, kind="wait") == two
    assert planned(tries=1, declined_on=FIRST, waits_until=ten, kind="wait") == ten


def test_a_try_that_was_moved_keeps_its_distance_from_the_ones_that_follow() -> None:
    moved = date(2027, 6, 11)
    assert planned(tries=2, declined_on=moved) == date(2027, 6, 14)
    assert planned(tries=3, declined_on=date(2027, 6, 14)) == date(2027, 6, 18)


def test_a_try_that_the_member_made_early_brings_none_of_the_others_forward() -> None:
    assert planned(tries=2, declined_on=date(2027, 6, 2)) == date(2027, 6, 6)
    assert planned(tries=3, declined_on=date(2027, 6, 2)) == date(2027, 6, 10)
    assert planned(tries=1, declined_on=date(2027, 6, 2)) == date(2027, 6, 4)


@pytest.mark.parametrize("kind", ["hard", "needs_new_card"])
def test_a_card_that_will_not_do_is_never_planned_again(kind: DeclineClass) -> None:
    assert planned(tries=1, declined_on=FIRST, kind=kind) is None


def test_dunning_without_a_failed_try_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="failed try"):
        planned(tries=0, declined_on=FIRST)


@pytest.mark.parametrize(
    ("kind", "same_card", "rested", "expected"),
    [
        ("hard", True, True, False),
        ("hard", False, True, True),
        ("needs_new_card", True, True, False),
        ("needs_new_card", False, False, True),
        ("wait", True, False, False),
        ("wait", True, True, True),
        ("wait", False, False, True),
        ("soft", True, True, True),
    ],
)
def test_the_same_card_rests_and_another_is_asked(
    kind: DeclineClass, same_card: bool, rested: bool, expected: bool
) -> None:
    assert dunning.may_ask_card(kind=kind, same_card=same_card, rested=rested) is expected


def test_never_over_fifteen_tries_in_thirty_days() -> None:
    daily = [NOON - timedelta(days=n) for n in range(1, 31)]
    assert dunning.within_caps(daily[:14], brand="visa", at=NOON)
    assert not dunning.within_caps(daily[:15], brand="visa", at=NOON)
    assert dunning.within_caps(daily[29:] * 15, brand="visa", at=NOON), "30 days ago is over"
    nearly = [NOON - timedelta(days=30) + timedelta(seconds=1)] * 15
    assert not dunning.within_caps(nearly, brand="visa", at=NOON)


def test_a_mastercard_is_tried_at_most_ten_times_in_a_day() -> None:
    hourly = [NOON - timedelta(hours=n) for n in range(1, 11)]
    assert dunning.within_caps(hourly, brand="visa", at=NOON)
    assert not dunning.within_caps(hourly, brand="mastercard", at=NOON)
    assert dunning.within_caps(hourly[:9], brand="mastercard", at=NOON)


def test_nothing_used_credits_all_of_the_tax() -> None:
    whole = share([SOLD], [], unused_cents=7900)
    assert (whole.net_cents, whole.tax_cents, whole.total_cents) == (7900, 818, 8718)


@pytest.mark.parametrize("unused", range(0, 7901, 79))
def test_what_is_credited_and_what_is_kept_make_the_invoice(unused: int) -> None:
    credited = share([SOLD], [], unused_cents=unused)
    kept = (7900 - credited.net_cents) + (818 - credited.tax_cents)
    assert credited.total_cents + kept == 8718
    assert 0 <= credited.tax_cents <= 818


def test_more_than_was_charged_cannot_be_credited() -> None:
    with pytest.raises(ValueError, match="cannot give back"):
        share([SOLD], [], unused_cents=7901)


def test_the_unknown_is_looked_at_at_once_then_after_5_minutes_an_hour_and_daily() -> None:
    assert look_due(looks=0, looked_at_ms=None, now_ms=5)
    waits = ((1, 5 * MINUTE_MS), (2, HOUR_MS), (3, DAY_MS), (9, DAY_MS))
    for looks, gap in waits:
        assert not look_due(looks=looks, looked_at_ms=0, now_ms=gap - 1)
        assert look_due(looks=looks, looked_at_ms=0, now_ms=gap)
