"""Every call that the house makes, struck by every fault, once and for ever.

While it lasts nobody pays twice; when Stripe is back everything ends well, and soon where a member
waits for it. Faults know nothing of the database: one kind will do.
"""

from __future__ import annotations

import inspect
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from billing.gateway import Gateway
from billing.reconciling.reconcile import collected_findings
from config.clock import ManualLeaseClock, SimulatedClock
from stripe_sandbox.launch import Running
from tests.billing.faults import cards, errands, sales
from tests.billing.faults.errands import SILENCE, Errand
from tests.billing.faults.struck import FAULTS, named
from tests.crash.shop import open_shop

ERRANDS: tuple[type[Errand], ...] = (
    sales.BuyPack,
    sales.OpenPage,
    sales.ComeBack,
    sales.ChangeMind,
    cards.EnterCard,
    cards.UseCard,
    cards.UseCardInstead,
    cards.PayOnPage,
    cards.Confirm,
    cards.LookWhetherConfirmed,
    sales.Reconcile,
    sales.ListMoves,
    sales.ListMakeUp,
    sales.ListPayouts,
)
PATIENT_S, IMPATIENT_S, SLOW_MS = 10, 0.3, 600
PRESSES = 3
SOON, TODAY, KEYS_ARE_KEPT = timedelta(minutes=2), timedelta(hours=2), timedelta(hours=25)


@pytest.fixture
def patient() -> None:
    """Each errand says how long it waits."""


@pytest.mark.long
@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize("made", ERRANDS)
def test_errand_ends_well_when_stripe_is_back_whatever_struck_it(
    made: type[Errand],
    times: int | None,
    app: Flask,
    stripe: Running,
    clock: SimulatedClock,
    leases: ManualLeaseClock,
) -> None:
    shop = open_shop()
    for n, fault in enumerate(FAULTS):
        errand = made(app, shop, stripe=stripe, clock=clock, leases=leases)
        errand.wait(PATIENT_S)
        errand.prepare(f"m{n}")
        strike(errand, {**fault, "times": times}, named(fault))
        recover(errand, named(fault))
    asked_at = clock.now() + timedelta(days=2)
    assert list(collected_findings(errand.gateway, asked_at=asked_at)) == []


def strike(errand: Errand, fault: dict[str, Any], what: str) -> None:
    """Try twice while this goes wrong; it did go wrong, and nobody was charged twice."""
    ms = {"ms": SLOW_MS} if "timeout" in fault["kind"] or "ms" in fault else {}
    struck = {"endpoint": errand.endpoint, "skip": errand.skip, **fault, **ms}
    errand.wait(IMPATIENT_S)
    errand.stripe.control("POST", "faults", struck)
    for _ in range(2):
        with suppress(*SILENCE):
            errand.go()
    fired = errand.stripe.control("GET", "faults")["faults"][0]["fired"]
    errand.stripe.control("DELETE", "faults")
    assert fired >= 1, f"{what} never struck"
    assert errands.taken(errand.stripe, errand.member_id) <= 1, what


def recover(errand: Errand, what: str) -> None:
    """Look soon, later and after a day without keys at Stripe; and again when all is well."""
    errand.wait(PATIENT_S)
    passed = timedelta()
    for until in (timedelta(), SOON, TODAY, KEYS_ARE_KEPT):
        if until:
            errand.pass_time(until - passed)
        passed = until
        said = [press(errand) for _ in range(PRESSES)]
        if errand.is_done():
            break
    assert errand.is_done(), f"{what}: {said}"
    assert passed <= errand.within, f"{what}: it took {passed}, {said}"
    assert errands.taken(errand.stripe, errand.member_id) == 1, what


def press(errand: Errand) -> str:
    """Try once more, done or not; what was said where Stripe is silent still."""
    try:
        errand.again()
    except SILENCE as silence:
        return repr(silence)
    return "no silence"


# Where each call of the gateway is struck: by an errand of this file, or by the tests named.
CHARGES = "test_charges.py"
REFUNDS = "test_refunds.py"
DISPUTES = "test_disputes.py"
ANSWERS = "test_answers.py"
STRUCK = {
    "create_customer": "BuyPack",
    "create_intent": CHARGES,
    "confirm_intent": CHARGES,
    "retrieve_intent": CHARGES,
    "confirm_with_member": "Confirm",
    "cancel_intent": "UseCardInstead",
    "create_session": "OpenPage",
    "retrieve_session": "ComeBack",
    "expire_session": "ChangeMind",
    "intents_created": "Reconcile",
    "balance_moves": "ListMoves",
    "moves_of_payout": "ListMakeUp",
    "payouts_created": "ListPayouts",
    "create_refund": REFUNDS,
    "retrieve_refund": REFUNDS,
    "refunds_of": REFUNDS,
    "refunds_created": REFUNDS,
    "retrieve_dispute": DISPUTES,
    "disputes_created": DISPUTES,
    "retrieve_fraud_warning": DISPUTES,
    "upload_evidence": ANSWERS,
    "submit_evidence": ANSWERS,
}
NEVER_CALLED = {"card", "detach_card"}
"""No flow of the house makes these calls; the moment one does, it needs a line above."""
NO_CALL = {"accounts", "at", "call_budget_ms", "family", "paced"}


def test_every_call_of_the_gateway_is_struck_somewhere() -> None:
    calls = {name for name, _ in inspect.getmembers(Gateway) if not name.startswith("_")}
    assert calls == STRUCK.keys() | NEVER_CALLED | NO_CALL
    here = {made.__name__ for made in ERRANDS}
    for name, where in STRUCK.items():
        if where.endswith(".py"):
            assert (Path(__file__).parent / where).exists(), name
        else:
            assert where in here, name


def test_no_flow_makes_a_call_that_is_never_struck() -> None:
    house = Path(__file__).parents[3] / "billing"
    for file in house.rglob("*.py"):
        if "gateway" in file.parts:
            continue
        text = file.read_text()
        for name in NEVER_CALLED:
            assert f"gateway.{name}(" not in text, f"{file.name} calls {name}"
            assert f"door.{name}(" not in text, f"{file.name} calls {name}"
