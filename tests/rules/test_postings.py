"""What each event debits and credits, as a table: nobody may turn a sign around unnoticed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from locations.rules import (
    claims,
    deliveries,
    disputes,
    dormancy,
    paid_on,
    payouts,
    plan_changes,
    refunds,
    till,
)
from locations.rules.disputes import Disputed
from locations.rules.entries import Entry, Leg, SaleLine, check

SEA, TAC = UUID(int=1), UUID(int=2)
SOURCE, BILL, BEFORE = UUID(int=7), UUID(int=8), UUID(int=9)
ON = date(2027, 1, 31)
THERE = {"on": ON, "currency": "USD", "location_id": SEA}
PLAN = SaleLine("MAINT-4", "deferred_sessions", 13900, "WA", 1439)
FEE = SaleLine("MAINT-4", "fees", 2500, "WA", 259)


def credited(owed: claims.Owed, *lines: SaleLine) -> Entry:
    return claims.credit_note(
        credit_note_id=SOURCE, lines=lines, owed=owed, invoice_id=BILL, **THERE
    )


def moved(move: till.Move) -> Entry:
    return till.till_moved(move_id=SOURCE, move=move, amount_cents=500, reason="float", **THERE)


WAY = {
    "what a bank sends back is owed again": (
        refunds.refund_failed(
            refund_id=SOURCE, corrects_id=BEFORE, amount_cents=500, invoice_id=BILL,
            reason="expired_card", **THERE,
        ),
        "refund_failed", {"stripe_clearing": 500, "refunds_due": -500},
    ),
    "what is credited beyond what is asked for goes back": (
        refunds.overpaid(credit_note_id=SOURCE, amount_cents=500, invoice_id=BILL, **THERE),
        "overpaid", {"receivable": 500, "refunds_due": -500},
    ),
    "expired sessions that are given back are owed again": (
        deliveries.expiry_undone(
            entry_id=SOURCE, corrects_id=BEFORE, value_cents=3300, back_from="breakage",
            product="STARTER-3", reason="ill", **THERE,
        ),
        "expiry_undone", {"breakage": 3300, "deferred_sessions": -3300},
    ),
    "a day of a plan by time is earned": (
        deliveries.time_earned(source_id=SOURCE, plan="UNLIMITED", value_cents=600, **THERE),
        "time_earned", {"deferred_time": 600, "earned_time": -600},
    ),
    "cash paid in comes from the bank": (
        moved("paid_in"), "till_paid_in", {"till": 500, "bank": -500},
    ),
    "cash paid out leaves the drawer": (
        moved("paid_out"), "till_paid_out", {"till": -500, "bank": 500},
    ),
    "a deposit goes to the bank": (moved("deposit"), "till_deposit", {"till": -500, "bank": 500}),
    "a count that is short is an expense": (
        till.till_counted(session_id=SOURCE, kind="till_closed", over_cents=-200, **THERE),
        "till_closed", {"till": -200, "over_short": 200},
    ),
    "a first float comes from the bank": (
        till.till_float(session_id=SOURCE, amount_cents=10000, **THERE),
        "till_float", {"till": 10000, "bank": -10000},
    ),
    "a terminal's batch goes to the bank": (
        till.terminal_settled(session_id=SOURCE, amount_cents=6069, **THERE),
        "terminal_settled", {"bank": 6069, "till": -6069},
    ),
    "a fee of Stripe's is kept from what it holds": (
        payouts.processor_fee(move_id=SOURCE, fee_cents=59, **THERE),
        "processor_fee", {"processor_fees": 59, "stripe_clearing": -59},
    ),
    "what is credited of an open bill is asked for no more": (
        credited("receivable", PLAN),
        "credit_note", {"deferred_sessions": 13900, "sales_tax": 1439, "receivable": -15339},
    ),
    "what is credited of a paid bill is owed back": (
        credited("refunds_due", FEE),
        "refund_promised", {"fees": 2500, "sales_tax": 259, "refunds_due": -2759},
    ),
    "what was booked since is taken back by its opposite": (
        claims.taken_back(
            source_type="credit_entry", source_id=SOURCE, on=ON, currency="USD",
            legs=(Leg("deferred_sessions", SEA, 3300, "P"), Leg("earned_sessions", SEA, -3300)),
            corrects_id=BEFORE, home_at=SEA, product="P", reason="cooling_off",
        ),
        "taken_back", {"deferred_sessions": -3300, "earned_sessions": 3300},
    ),
    "what was used and never paid is a bad debt": (
        claims.written_off(invoice_id=BILL, amount_cents=4418, **THERE),
        "written_off", {"bad_debt": 4418, "receivable": -4418},
    ),
    "tax goes from the bank to the state": (
        paid_on.tax_remitted(remittance_id=SOURCE, tax_name="WA", amount_cents=600, **THERE),
        "tax_remitted", {"sales_tax": 600, "bank": -600},
    ),
    "a larger plan takes over what the smaller one owed": (
        plan_changes.value_moved(
            change_id=SOURCE, value_cents=7900, source="deferred_sessions", to="deferred_time",
            held="MAINT-2", product="UNLIMITED", **THERE,
        ),
        "change_moved", {"deferred_sessions": 7900, "deferred_time": -7900},
    ),
    "days that bring no session are earned at once": (
        plan_changes.value_earned(change_id=SOURCE, value_cents=100, product="MAINT-4", **THERE),
        "change_earned", {"deferred_sessions": 100, "earned_sessions": -100},
    ),
    "what was used before the payment came is given": (
        plan_changes.value_conceded(
            change_id=SOURCE, value_cents=100, account="deferred_time", product="U", **THERE
        ),
        "change_conceded", {"concessions": 100, "deferred_time": -100},
    ),
    "what nobody claimed goes to the state": (
        dormancy.turned_over(
            turnover_id=SOURCE, corrects_id=BEFORE, product="P", amount_cents=3300,
            reference="wire", **THERE,
        ),
        dormancy.TURNED_OVER, {"expired_refundable": 3300, "bank": -3300},
    ),
    "and comes back where that was a mistake": (
        dormancy.turnover_undone(
            turnover_id=SOURCE, corrects_id=BEFORE, product="P", amount_cents=3300,
            reason="mistake", **THERE,
        ),
        dormancy.UNDONE, {"expired_refundable": -3300, "bank": 3300},
    ),
    "a bank holds what was disputed": (
        disputes.dispute_opened(Disputed(SOURCE, ON, "USD", SEA, 9927, BILL)),
        "dispute_opened", {"disputed": 9927, "stripe_clearing": -9927},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WAY)
def test_an_event_debits_and_credits_what_it_is_said_to(what: str) -> None:
    entry, kind, sides = WAY[what]
    check(entry)
    assert entry.kind == kind
    assert {leg.account: leg.amount_cents for leg in entry.legs} == sides
    assert {leg.location_id for leg in entry.legs} == {SEA}


def test_one_studio_pays_another_from_bank_to_bank() -> None:
    entry = paid_on.settled(
        settlement_id=SOURCE, on=ON, currency="USD", debtor_id=SEA, creditor_id=TAC, amount_cents=33
    )
    check(entry)
    assert list(entry.legs) == [
        Leg("due_to", SEA, 33, str(TAC)),
        Leg("bank", SEA, -33),
        Leg("bank", TAC, 33),
        Leg("due_from", TAC, -33, str(SEA)),
    ]


def test_a_payout_brings_each_studio_its_part_and_comes_back_as_it_was_booked() -> None:
    out = payouts.payout(payout_id=SOURCE, on=ON, currency="USD", parts={TAC: -300, SEA: 900})
    assert list(out.legs) == [
        Leg("bank", SEA, 900),
        Leg("stripe_clearing", SEA, -900),
        Leg("bank", TAC, -300),
        Leg("stripe_clearing", TAC, 300),
    ]
    back = payouts.payout_failed(
        payout_id=SOURCE, on=ON, currency="USD", legs=out.legs, corrects_id=BEFORE, reason="closed"
    )
    assert [leg.amount_cents for leg in back.legs] == [-900, 900, 300, -300]


def test_an_entry_of_one_line_is_about_its_product_and_of_several_about_none() -> None:
    assert credited("receivable", PLAN).product == "MAINT-4"
    assert credited("receivable", PLAN, FEE).product == ""
