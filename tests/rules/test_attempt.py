"""What Stripe says about an attempt: every pair of state and news has an answer."""

from __future__ import annotations

import itertools

import pytest

from billing.rules import attempt as rule
from billing.rules.attempt import Verdict

STATES = ("ready", "sending", "action", "succeeded", "failed")


def _seen(status: str, **changes: str | None) -> Verdict:
    facts: dict[str, str | None] = {"charge_id": None, "known_charge_id": None, "code": None}
    return rule.seen(status=status, **{**facts, **changes})


def test_an_intent_nobody_has_confirmed_is_confirmed() -> None:
    assert _seen("requires_payment_method") is Verdict.CONFIRM
    assert _seen("requires_confirmation") is Verdict.CONFIRM


def test_the_charge_of_an_earlier_try_is_no_news() -> None:
    verdict = _seen("requires_payment_method", charge_id="ch_1", known_charge_id="ch_1")
    assert verdict is Verdict.CONFIRM


def test_a_newer_charge_is_the_answer_a_dead_worker_never_read() -> None:
    verdict = _seen("requires_payment_method", charge_id="ch_2", known_charge_id="ch_1")
    assert verdict is Verdict.FAILED


def test_a_bank_that_wants_the_member_is_no_decline() -> None:
    code = rule.NEEDS_MEMBER
    assert _seen("requires_payment_method", charge_id="ch_2", code=code) is Verdict.ACTION
    assert _seen("requires_action") is Verdict.ACTION


@pytest.mark.parametrize("status", ["processing", "requires_capture"])
def test_money_on_its_way_is_waited_for(status: str) -> None:
    assert _seen(status) is Verdict.WAIT


def test_only_a_canceled_intent_fails_without_a_charge() -> None:
    assert _seen("canceled") is Verdict.FAILED


def test_a_decline_that_left_no_charge_is_still_a_decline_when_we_asked() -> None:
    facts = {"charge_id": None, "known_charge_id": None, "code": "card_declined"}
    assert rule.answered(status="requires_payment_method", **facts) is Verdict.FAILED


def test_paid_is_paid_whoever_asks() -> None:
    facts = {"charge_id": "ch_1", "known_charge_id": "ch_1", "code": None}
    assert rule.seen(status="succeeded", **facts) is Verdict.SUCCEEDED
    assert rule.answered(status="succeeded", **facts) is Verdict.SUCCEEDED


@pytest.mark.parametrize(("state", "verdict"), list(itertools.product(STATES, Verdict)))
def test_every_pair_is_answered_and_the_end_is_final(state: str, verdict: Verdict) -> None:
    found = rule.next_state(state, verdict)
    no_news = verdict in (Verdict.WAIT, Verdict.CONFIRM) or verdict.value == state
    if state in rule.TERMINAL or no_news:
        assert found is None
    else:
        assert found == verdict.value


def test_our_own_confirm_answered_that_the_bank_wants_the_member() -> None:
    facts = {"status": "requires_payment_method", "charge_id": None, "known_charge_id": None}
    assert rule.answered(**facts, code=rule.NEEDS_MEMBER) is Verdict.ACTION
    assert rule.answered(**facts, code="card_declined") is Verdict.FAILED
