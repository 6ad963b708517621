"""Payouts of the stand-in: made of what is available, on a schedule, and sent back by a bank."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from billing.gateway import Gateway
from stripe_sandbox.launch import ControlRefusedError, Running, launch

EVER, DAY = 1 << 40, 86_400
START = datetime(2027, 1, 4, tzinfo=UTC)


@pytest.fixture
def sandbox_in_time(tmp_path: Path):
    with launch(db=tmp_path / "stripe.sqlite3", now=START) as running:
        yield running


def charged(sandbox: Running, door: Gateway, key: str) -> None:
    customer = door.create_customer(key=f"cu:{key}", email="a@studio.example", metadata={})
    card = sandbox.control("POST", "cards", {"customer": customer, "token": "pm_card_visa"})
    intent = door.create_intent(
        key=f"pi:{key}", customer_id=customer, amount_cents=9000, currency="USD", metadata={}
    )
    door.confirm_intent(intent.id, key=f"cf:{key}", payment_method_id=card["id"])


def wait(sandbox: Running, days: int) -> None:
    now = sandbox.control("GET", "clock")["now"]
    sandbox.control("POST", "clock", {"now": now + days * DAY})


def test_a_payout_tells_what_it_is_made_of_and_when_the_bank_sends_it_back(
    sandbox_in_time: Running,
) -> None:
    sandbox = sandbox_in_time
    door = Gateway(api_key=sandbox.api_key, api_base=sandbox.url, timeout_s=5)
    charged(sandbox, door, "one")
    with pytest.raises(ControlRefusedError):
        sandbox.control("POST", "payouts")  # it becomes available in two days
    wait(sandbox, 3)
    sandbox.control("POST", "payouts")
    (payout,) = door.payouts_created(since=0, until=EVER)
    assert (payout.state, payout.amount_cents, payout.automatic) == ("paid", 9000 - 291, True)
    assert {move.kind: move.net_cents for move in door.moves_of_payout(payout.id)} == {
        "charge": 8709,
        "payout": -8709,
    }
    sandbox.control("POST", f"payouts/{payout.id}/fail")
    (gone,) = door.payouts_created(since=0, until=EVER)
    assert gone.state == "failed"
    newest = next(door.balance_moves(since=0, until=EVER))
    assert (newest.kind, newest.source_id, newest.net_cents) == ("payout_failure", payout.id, 8709)


def test_on_a_schedule_what_is_available_leaves_as_the_clock_moves(
    sandbox_in_time: Running,
) -> None:
    sandbox = sandbox_in_time
    door = Gateway(api_key=sandbox.api_key, api_base=sandbox.url, timeout_s=5)
    sandbox.control("POST", "payouts/schedule", {"every_days": 1})
    charged(sandbox, door, "one")
    wait(sandbox, 1)
    assert list(door.payouts_created(since=0, until=EVER)) == []
    wait(sandbox, 1)
    charged(sandbox, door, "two")
    wait(sandbox, 1)
    wait(sandbox, 1)
    sums = [payout.amount_cents for payout in door.payouts_created(since=0, until=EVER)]
    assert sums == [8709, 8709]
    sandbox.control("POST", "payouts/schedule", {"every_days": 0})
    charged(sandbox, door, "three")
    wait(sandbox, 5)
    assert len(list(door.payouts_created(since=0, until=EVER))) == 2
