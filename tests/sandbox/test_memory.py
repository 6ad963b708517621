"""What was answered is never forgotten, however the process ends; time never runs back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stripe

from stripe_sandbox.launch import ControlRefusedError, launch
from tests.sandbox.conftest import START, Member, sdk


def test_a_killed_sandbox_comes_back_with_everything_it_answered(tmp_path: Path) -> None:
    db = tmp_path / "sandbox.sqlite3"
    with launch(db=db, now=START) as running:
        member = Member(sdk(running))
        intent = member.intent(idempotency_key="pi:1")
        member.confirm(intent.id, idempotency_key="cf:1")
        running.control("POST", "clock", {"now": "2026-03-01T13:00:00+00:00"})
        running.kill()
    with launch(db=db, now=START) as running:
        member.api = sdk(running)
        assert member.api.payment_intents.retrieve(intent.id).status == "succeeded"
        replayed = member.confirm(intent.id, idempotency_key="cf:1")
        assert replayed.last_response.headers["idempotent-replayed"] == "true"
        assert len(member.charges(intent.id)) == 1
        assert running.control("GET", "clock")["now"] == int(
            datetime(2026, 3, 1, 13, tzinfo=UTC).timestamp()
        )


def test_the_clock_never_goes_back(sandbox) -> None:
    with pytest.raises(ControlRefusedError, match="never goes back"):
        sandbox.control("POST", "clock", {"now": (START - timedelta(hours=1)).isoformat()})


def test_an_instant_without_an_offset_is_refused(sandbox) -> None:
    with pytest.raises(ControlRefusedError, match="offset"):
        sandbox.control("POST", "clock", {"now": "2026-03-02T00:00:00"})


def test_a_checkout_expires_when_its_time_is_over(sandbox, member) -> None:
    session = member.api.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "usd",
            "customer": member.customer,
            "success_url": "https://studio.test.example/",
            "expires_at": int(START.timestamp()) + 1800,
        }
    )
    moved = sandbox.control("POST", "clock", {"now": int(START.timestamp()) + 1800})
    assert moved["expired_sessions"] == 1
    assert member.api.checkout.sessions.retrieve(session.id).status == "expired"
    kinds = [event.type for event in member.api.events.list({"limit": 1}).data]
    assert kinds == ["checkout.session.expired"]


def test_objects_carry_the_simulated_time(sandbox, member) -> None:
    sandbox.control("POST", "clock", {"now": "2026-04-01T00:00:00+00:00"})
    april = int(datetime(2026, 4, 1, tzinfo=UTC).timestamp())
    assert member.intent().created == april
    assert member.api.payment_intents.list({"created": {"gte": april}}).data[0].created == april
    assert member.api.customers.list({"created": {"gte": april}}).data == []


def test_a_script_makes_a_card_fail_in_march_and_work_again_in_april(sandbox, member) -> None:
    sandbox.control(
        "POST",
        "scripts",
        {
            "customer": member.customer,
            "steps": [
                {"outcome": "do_not_honor", "times": 1, "network_decline_code": "05"},
                {
                    "outcome": "insufficient_funds",
                    "until": "2026-04-01T00:00:00+00:00",
                    "network_advice_code": "24",
                },
            ],
        },
    )
    intent = member.intent()
    reasons = []
    for _ in range(3):
        with pytest.raises(stripe.CardError) as decline:
            member.confirm(intent.id)
        reasons.append(decline.value.error.decline_code)
    assert reasons == ["do_not_honor", "insufficient_funds", "insufficient_funds"]
    newest = member.charges(intent.id)[0].outcome
    assert (newest.network_advice_code, newest.network_decline_code) == ("24", "51")
    sandbox.control("POST", "clock", {"now": "2026-04-01T00:00:00+00:00"})
    assert member.confirm(intent.id).status == "succeeded"


def test_what_is_available_is_paid_out_once(sandbox, member) -> None:
    member.confirm(member.intent().id)
    with pytest.raises(ControlRefusedError, match="available"):
        sandbox.control("POST", "payouts")
    sandbox.control("POST", "clock", {"now": "2026-03-04T00:00:00+00:00"})
    payout = sandbox.control("POST", "payouts")
    entries = member.api.balance_transactions.list({"payout": payout["id"]}).data
    # 50.00 less 2.9 % and 30 cents is 48.25 (1.45 + 0.30).
    assert payout["amount"] == 4825
    assert sorted((e.type, e.net) for e in entries) == [("charge", 4825), ("payout", -4825)]


def test_a_dispute_takes_the_money_and_a_won_one_brings_it_back(sandbox, member) -> None:
    intent = member.intent()
    member.confirm(intent.id)
    charge = member.charges(intent.id)[0].id
    dispute = sandbox.control("POST", "disputes", {"charge": charge, "reason": "fraudulent"})
    assert member.api.charges.retrieve(charge).disputed is True
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        member.api.refunds.create({"charge": charge})
    assert refusal.value.code == "charge_disputed"
    sandbox.control("POST", f"disputes/{dispute['id']}/close", {"status": "won"})
    moved = member.api.balance_transactions.list({"source": dispute["id"]}).data
    assert [entry.net for entry in moved] == [5000, -6500]


def test_a_bulk_card_is_bad_even_though_stripe_would_not_attach_it(sandbox, member) -> None:
    card = sandbox.control(
        "POST",
        "cards",
        {
            "customer": member.customer,
            "token": "pm_card_visa_chargeDeclinedInsufficientFunds",
            "default": True,
        },
    )
    customer = member.api.customers.retrieve(member.customer)
    assert customer.invoice_settings.default_payment_method == card["id"]
    member.card = card["id"]
    with pytest.raises(stripe.CardError):
        member.confirm(member.intent().id)
