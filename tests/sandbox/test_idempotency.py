"""Two callers, one key: the race that a lost answer starts."""

from __future__ import annotations

import threading

import pytest
import stripe

from tests.sandbox.conftest import sdk


def test_while_the_first_request_runs_a_second_with_its_key_is_a_409(sandbox, member) -> None:
    intent = member.intent()
    sandbox.control(
        "POST", "faults", {"endpoint": "payment_intents.confirm", "kind": "latency", "ms": 500}
    )
    said: list[object] = []
    started = threading.Barrier(2)

    def confirm(delay: float) -> None:
        own = sdk(sandbox)
        started.wait()
        threading.Event().wait(delay)
        try:
            wanted = {"payment_method": member.card, "off_session": True}
            own.payment_intents.confirm(intent.id, wanted, {"idempotency_key": "cf:1"})
            said.append("succeeded")
        except stripe.StripeError as refusal:
            said.append((refusal.http_status, refusal.error.code))

    threads = [threading.Thread(target=confirm, args=(delay,)) for delay in (0, 0.15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, said)) == ["(409, 'idempotency_key_in_use')", "succeeded"]
    assert len(member.charges(intent.id)) == 1


def test_twenty_callers_with_one_key_make_one_intent(sandbox, member) -> None:
    made: set[str] = set()
    busy: list[int] = []

    def create() -> None:
        try:
            made.add(member.intent(idempotency_key="pi:1").id)
        except stripe.StripeError as refusal:
            busy.append(refusal.http_status or 0)

    threads = [threading.Thread(target=create) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert set(busy) <= {409}
    assert sandbox.control("GET", "stats")["objects"]["payment_intent"] == 1


def test_twenty_callers_with_their_own_keys_charge_one_intent_once(sandbox, member) -> None:
    intent = member.intent()
    succeeded: list[str] = []

    def confirm(number: int) -> None:
        try:
            member.confirm(intent.id, idempotency_key=f"cf:{number}")
            succeeded.append("yes")
        except stripe.InvalidRequestError:
            pass

    threads = [threading.Thread(target=confirm, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert succeeded == ["yes"]
    assert len(member.charges(intent.id)) == 1


def test_a_key_is_forgotten_after_a_day(sandbox, member) -> None:
    first = member.intent(idempotency_key="pi:1")
    sandbox.control("POST", "clock", {"now": "2026-03-02T11:59:00+00:00"})
    assert member.intent(idempotency_key="pi:1").id == first.id
    sandbox.control("POST", "clock", {"now": "2026-03-02T12:00:01+00:00"})
    assert member.intent(idempotency_key="pi:1").id != first.id


def test_a_key_longer_than_255_characters_is_refused(member) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        member.intent(idempotency_key="k" * 256)
