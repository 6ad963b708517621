"""Every state of a sold pack has an answer to every event."""

from __future__ import annotations

from itertools import product

import pytest

from config.errors import Refused
from membership.models.packs import MEMBER_PACK_STATES
from membership.rules import pack_status
from membership.rules.answers import Ignored, Moves, Refuses, Stays

# Written out once more, by hand: "=" stays, "." ignored, ">x" moves, "!x" refuses.
EXPECTED = {
    "draft": "paid >unopened, checkout_expired >cancelled, redeem !unpaid, redeem_last !unpaid, "
    "redeem_again_today !unpaid, undo_redeem !nothing_to_undo, undo_only_redeem !nothing_to_undo, "
    "first_use_deadline ., window_end ., buy_extension !not_opened, convert_due ., consent =, "
    "extend_window !unpaid, extend_deadline !unpaid, "
    "done !unpaid, start_now !unpaid, refund_unused !unpaid, "
    "cooling_off ., statutory_exit >cancelled, medical_hold ., "
    "dispute_opened ., dispute_won ., dispute_lost .",
    "unopened": "paid ., checkout_expired ., redeem >open, redeem_last >spent, "
    "redeem_again_today !one_a_day, undo_redeem !nothing_to_undo, "
    "undo_only_redeem !nothing_to_undo, first_use_deadline >expired, window_end ., "
    "buy_extension !not_opened, convert_due ., consent =, "
    "extend_window =, extend_deadline =, "
    "done !not_opened, start_now !not_opened, refund_unused >cancelled, "
    "cooling_off >cancelled, statutory_exit >cancelled, medical_hold =, "
    "dispute_opened =, dispute_won =, dispute_lost >cancelled",
    "open": "paid ., checkout_expired ., redeem =, redeem_last >spent, "
    "redeem_again_today !one_a_day, undo_redeem =, undo_only_redeem >unopened, "
    "first_use_deadline ., window_end >expired, buy_extension =, convert_due ., consent =, "
    "extend_window =, extend_deadline ., "
    "done =, start_now =, refund_unused >cancelled, cooling_off >cancelled, "
    "statutory_exit >cancelled, medical_hold =, "
    "dispute_opened =, dispute_won =, dispute_lost >cancelled",
    "spent": "paid ., checkout_expired ., redeem !credits_exhausted, "
    "redeem_last !credits_exhausted, redeem_again_today !one_a_day, undo_redeem >open, "
    "undo_only_redeem >unopened, first_use_deadline ., window_end ., buy_extension =, "
    "convert_due =, consent =, "
    "extend_window !nothing_left, extend_deadline !nothing_left, "
    "done =, start_now =, refund_unused !nothing_left, "
    "cooling_off >cancelled, statutory_exit ., medical_hold ., "
    "dispute_opened =, dispute_won =, dispute_lost =",
    "expired": "paid ., checkout_expired ., redeem !expired, redeem_last !expired, "
    "redeem_again_today !expired, undo_redeem !extend_first, undo_only_redeem !extend_first, "
    "first_use_deadline ., window_end ., buy_extension !phase_over, convert_due =, consent =, "
    "extend_window >open, extend_deadline >unopened, "
    "done =, start_now !plan_instead, refund_unused >cancelled, "
    "cooling_off >cancelled, statutory_exit >cancelled, medical_hold ., "
    "dispute_opened =, dispute_won =, dispute_lost >cancelled",
    "cancelled": "paid =, checkout_expired ., redeem !cancelled, redeem_last !cancelled, "
    "redeem_again_today !cancelled, undo_redeem !cancelled, undo_only_redeem !cancelled, "
    "first_use_deadline ., window_end ., buy_extension !phase_over, convert_due ., consent ., "
    "extend_window !cancelled, extend_deadline !cancelled, "
    "done ., start_now !plan_instead, refund_unused !nothing_left, "
    "cooling_off ., statutory_exit ., medical_hold ., "
    "dispute_opened =, dispute_won =, dispute_lost =",
}

PAIRS = list(product(pack_status.STATES, pack_status.EVENTS))


def _meant(sign: str) -> pack_status.Answer:
    if sign[0] == ">":
        return Moves(sign[1:])  # type: ignore[arg-type]
    return Refuses(sign[1:]) if sign[0] == "!" else {"=": Stays(), ".": Ignored()}[sign]


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_every_pair_has_the_answer_that_was_agreed(state: str, event: pack_status.Event) -> None:
    agreed = dict(pair.split() for pair in EXPECTED[state].split(", "))
    assert set(agreed) == set(pack_status.EVENTS)
    assert pack_status.answer(state, event) == _meant(agreed[event])


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_a_refusal_is_raised_with_a_sentence_and_all_else_gives_a_state(
    state: str, event: pack_status.Event
) -> None:
    found = pack_status.answer(state, event)
    if isinstance(found, Refuses):
        with pytest.raises(Refused) as refused:
            pack_status.require(state, event)
        assert refused.value.message == pack_status.REFUSALS[found.code]
    else:
        after = pack_status.require(state, event)
        assert after == (found.to if isinstance(found, Moves) else state)


def test_the_table_knows_the_states_that_the_database_does() -> None:
    assert pack_status.STATES == MEMBER_PACK_STATES
