"""Our door's calls about disputes, held to one contract at the stand-in and at Stripe itself."""

from __future__ import annotations

import time
from typing import Any

import pytest

from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown
from billing.rules.dispute import meaning
from stripe_sandbox.launch import ControlRefusedError, Running
from tests.contracts.conftest import Target, Wallet

SPEAKS_OF_MONEY = "a test card that is disputed at once takes a while to be"


@pytest.fixture
def charge(target: Target, wallet: Wallet, new_intent: Any) -> Any:
    """A charge over 90.00, with its intent."""
    intent = new_intent(wallet.customer)
    return target.api.payment_intents.confirm(
        intent.id, {"payment_method": wallet.card, "off_session": True}
    )


def disputed(sandbox: Running, charge_id: str) -> str:
    given = {"charge": charge_id, "reason": "fraudulent"}
    return sandbox.control("POST", "disputes", given)["id"]


def test_dispute_says_what_it_is_about_and_what_became_of_it(
    target: Target, gateway: Gateway, charge: Any
) -> None:
    sandbox = target.only_here(SPEAKS_OF_MONEY)
    dispute_id = disputed(sandbox, charge.latest_charge)
    seen = gateway.retrieve_dispute(dispute_id)
    assert (seen.id, seen.amount_cents, seen.currency) == (dispute_id, 9000, "USD")
    assert (seen.charge_id, seen.intent_id) == (charge.latest_charge, charge.id)
    assert (meaning(seen.status), seen.reason) == ("open", "fraudulent")
    assert seen.due_by is not None
    assert seen.due_by > seen.created
    sandbox.control("POST", f"disputes/{dispute_id}/close", {"status": "won"})
    assert meaning(gateway.retrieve_dispute(dispute_id).status) == "won"


def test_list_of_disputes_is_that_of_a_span_newest_first(
    target: Target, gateway: Gateway, charge: Any, wallet: Wallet, new_intent: Any
) -> None:
    sandbox = target.only_here(SPEAKS_OF_MONEY)
    now = int(sandbox.control("GET", "clock")["now"])
    other = target.api.payment_intents.confirm(
        new_intent(wallet.customer).id, {"payment_method": wallet.card, "off_session": True}
    )
    made = [disputed(sandbox, one.latest_charge) for one in (charge, other)]
    until = max(now, int(time.time())) + 60
    listed = [one.id for one in gateway.disputes_created(since=now - 1, until=until)]
    assert [one for one in listed if one in made] == made[::-1]
    assert list(gateway.disputes_created(since=until, until=until + 60)) == []


def test_unknown_dispute_is_refused_and_another_object_is_never_taken_for_one(
    gateway: Gateway, target: Target, charge: Any
) -> None:
    with pytest.raises(GatewayRefused):
        gateway.retrieve_dispute("dp_of_nobody")
    sandbox = target.only_here("answer with another object")
    dispute_id = disputed(sandbox, charge.latest_charge)
    sandbox.control("POST", "faults", {"endpoint": "disputes.retrieve", "kind": "wrong_object"})
    try:
        with pytest.raises(OutcomeUnknown):
            gateway.retrieve_dispute(dispute_id)
    finally:
        sandbox.control("DELETE", "faults")


def test_charge_is_disputed_once_and_only_if_it_was_paid(target: Target, charge: Any) -> None:
    sandbox = target.only_here(SPEAKS_OF_MONEY)
    disputed(sandbox, charge.latest_charge)
    with pytest.raises(ControlRefusedError):
        disputed(sandbox, charge.latest_charge)


def test_warning_of_fraud_says_of_which_charge_and_why(
    target: Target, gateway: Gateway, charge: Any
) -> None:
    sandbox = target.only_here(SPEAKS_OF_MONEY)
    given = {"charge": charge.latest_charge, "kind": "made_with_lost_card"}
    warned = sandbox.control("POST", "fraud_warnings", given)
    seen = gateway.retrieve_fraud_warning(warned["id"])
    assert (seen.id, seen.charge_id, seen.intent_id) == (
        warned["id"], charge.latest_charge, charge.id,
    )  # fmt: skip
    assert seen.kind == "made_with_lost_card"
    with pytest.raises(GatewayRefused):
        gateway.retrieve_fraud_warning("issfr_unknown")
