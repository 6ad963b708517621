"""Everything that can go wrong between us and Stripe, and what is left behind each time."""

from __future__ import annotations

import pytest
import stripe

from tests.sandbox.conftest import sdk


def _script(sandbox, kind: str, endpoint: str = "payment_intents.confirm", **more: object) -> None:
    sandbox.control("POST", "faults", {"endpoint": endpoint, "kind": kind, **more})


@pytest.mark.parametrize(
    ("kind", "error", "effects"),
    [
        ("timeout_before", stripe.APIConnectionError, 0),
        ("timeout_after", stripe.APIConnectionError, 1),
        ("reset", stripe.APIConnectionError, 0),
        ("reset_after", stripe.APIConnectionError, 1),
        ("500_before", stripe.APIError, 0),
        ("500_outside", stripe.APIError, 0),
        ("500_after", stripe.APIError, 1),
        ("429", stripe.RateLimitError, 0),
        ("409", stripe.StripeError, 0),
        ("unreadable", stripe.APIError, 1),
        # The SDK lets this one through as it is: bytes that are no UTF-8.
        ("undecodable", UnicodeDecodeError, 1),
    ],
)
def test_a_fault_strikes_once_and_leaves_its_effect_or_none(
    sandbox, member, kind: str, error: type[Exception], effects: int
) -> None:
    intent = member.intent()
    _script(sandbox, kind, ms=50)
    with pytest.raises(error):
        member.confirm(intent.id, idempotency_key="cf:1")
    assert len(member.charges(intent.id)) == effects
    assert sandbox.control("GET", "faults")["faults"][0]["fired"] == 1


@pytest.mark.parametrize("kind", ["timeout_before", "reset", "429", "409", "500_outside"])
def test_what_struck_before_execution_is_not_remembered_under_the_key(
    sandbox, member, kind: str
) -> None:
    intent = member.intent()
    _script(sandbox, kind, ms=10)
    with pytest.raises(stripe.StripeError):
        member.confirm(intent.id, idempotency_key="cf:1")
    assert member.confirm(intent.id, idempotency_key="cf:1").status == "succeeded"


@pytest.mark.parametrize(("kind", "paid"), [("500_before", 0), ("500_after", 5000)])
def test_a_500_of_execution_is_replayed_for_a_day_whatever_happened(
    sandbox, member, kind: str, paid: int
) -> None:
    intent = member.intent()
    _script(sandbox, kind)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            member.confirm(intent.id, idempotency_key="cf:1")
    assert member.api.payment_intents.retrieve(intent.id).amount_received == paid
    sandbox.control("POST", "clock", {"now": "2026-03-02T12:00:01+00:00"})
    if paid:
        with pytest.raises(stripe.InvalidRequestError):
            member.confirm(intent.id, idempotency_key="cf:1")
    else:
        assert member.confirm(intent.id, idempotency_key="cf:1").status == "succeeded"


def test_an_answer_lost_after_its_effect_is_given_again_for_the_same_key(sandbox, member) -> None:
    intent = member.intent()
    _script(sandbox, "timeout_after", ms=10)
    with pytest.raises(stripe.APIConnectionError):
        member.confirm(intent.id, idempotency_key="cf:1")
    again = member.confirm(intent.id, idempotency_key="cf:1")
    assert (again.status, len(member.charges(intent.id))) == ("succeeded", 1)


def test_a_429_may_say_how_long_to_wait(sandbox, member) -> None:
    _script(sandbox, "429", endpoint="payment_intents.create", retry_after=7)
    with pytest.raises(stripe.RateLimitError) as refusal:
        member.intent()
    assert refusal.value.headers["retry-after"] == "7"


def test_a_wrong_object_is_readable_and_not_what_was_asked_for(sandbox, member) -> None:
    intent = member.intent()
    _script(sandbox, "wrong_object")
    assert member.confirm(intent.id).object == "account"


def test_a_fault_waits_for_its_turn_and_ends(sandbox, member) -> None:
    _script(sandbox, "429", endpoint="payment_intents.create", skip=1, times=2)
    seen = []
    for _ in range(4):
        try:
            member.intent()
            seen.append("ok")
        except stripe.RateLimitError:
            seen.append("429")
    assert seen == ["ok", "429", "429", "ok"]


def test_clearing_faults_ends_one_that_was_for_ever(sandbox, member) -> None:
    _script(sandbox, "429", endpoint="*", times=None)
    with pytest.raises(stripe.RateLimitError):
        member.intent()
    sandbox.control("DELETE", "faults")
    assert member.intent().status == "requires_payment_method"


def test_latency_is_felt_and_harmless(sandbox, member) -> None:
    intent = member.intent()
    _script(sandbox, "latency", ms=400)
    hasty = sdk(sandbox, timeout=0.1)
    with pytest.raises(stripe.APIConnectionError):
        hasty.payment_intents.confirm(intent.id, {"payment_method": member.card})
    _script(sandbox, "latency", ms=20)
    assert member.api.payment_intents.retrieve(intent.id).id == intent.id


def test_a_fault_at_an_unknown_endpoint_is_refused(sandbox) -> None:
    with pytest.raises(Exception, match="No such endpoint"):
        _script(sandbox, "429", endpoint="payment_intent.confirm")
