"""Whose money it is that Stripe took: every pair of what it names and what we hold."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from billing.rules.adoption import Ours, fate, named, source_key
from billing.rules.reconcile import cost_cents, expected_of_dispute

ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        (Ours(), "stray"),
        (Ours(attempt="succeeded", invoice="paid"), "known"),
        (Ours(attempt="sending", invoice="open", invoice_attempt="sending"), "settle"),
        (Ours(attempt="failed", invoice="open"), "settle"),
        # Tried in vain, and to be tried again: the next try is what was paid.
        (Ours(attempt="failed", invoice="open", invoice_attempt="ready"), "attach"),
        (Ours(attempt="failed", invoice="open", invoice_attempt="sending"), "leave"),
        (Ours(pointed="ready", invoice="open", invoice_attempt="ready"), "settle"),
        (Ours(pointed="action", invoice="draft", invoice_attempt="action"), "settle"),
        (Ours(pointed="succeeded", invoice="paid"), "known"),
        # Our key beside another intent of the same attempt: a second charge, or a worker's.
        (Ours(pointed="succeeded", pointed_elsewhere=True, invoice="paid"), "second"),
        (
            Ours(
                pointed="sending",
                pointed_elsewhere=True,
                invoice="open",
                invoice_attempt="sending",
            ),
            "leave",
        ),
        (Ours(invoice="open"), "attach"),
        (Ours(invoice="open", invoice_attempt="ready"), "attach"),
        (Ours(invoice="draft", invoice_attempt="ready"), "attach"),
        (Ours(invoice="open", invoice_attempt="sending"), "leave"),
        (Ours(invoice="open", invoice_attempt="action"), "leave"),
        (Ours(invoice="paid"), "second"),
        (Ours(invoice="void"), "second"),
        (Ours(invoice="uncollectible"), "second"),
    ],
)
def test_each_finding_has_one_answer(ours: Ours, expected: str) -> None:
    assert fate(ours) == expected


def test_a_period_is_told_by_its_consent_and_first_day_and_a_sale_by_itself() -> None:
    day = date(2027, 2, 4)

    def key(reason: str, consent_id: UUID | None, start: date | None) -> str:
        return source_key(
            reason, source_id=ONE, membership_id=TWO, consent_id=consent_id, period_start=start
        )

    assert key("renewal", THREE, day) == f"{THREE}:2027-02-04"
    assert key("first_period", None, day) == f"{TWO}:2027-02-04"
    assert key("first_period", THREE, None) == str(ONE)  # not begun: the sale itself
    assert key("pack", THREE, None) == key("charge", None, day) == str(ONE)


@pytest.mark.parametrize("text", ["", "7", "x" * 36, str(ONE) + "0"])
def test_a_key_that_is_none_of_ours_names_nothing(text: str) -> None:
    assert named({"invoice": text}, "invoice") is None
    assert named({}, "invoice") is None
    assert named({"invoice": str(ONE)}, "invoice") == ONE


@pytest.mark.parametrize(
    ("kind", "fee_cents", "net_cents", "cost"),
    [
        ("charge", 347, 10578, 347),
        ("refund", 0, -4000, 0),
        ("adjustment", 1500, -12425, 1500),
        ("payout", 0, -10578, 0),
        ("stripe_fee", 0, -900, 900),
        ("stripe_fee", 0, 100, -100),  # given back
    ],
)
def test_a_cost_is_the_fee_or_all_of_what_is_nothing_else(
    kind: str, fee_cents: int, net_cents: int, cost: int
) -> None:
    assert cost_cents(kind, fee_cents=fee_cents, net_cents=net_cents) == cost


def test_a_dispute_holds_its_amount_until_it_is_won() -> None:
    assert [expected_of_dispute(state, 100) for state in ("open", "lost", "won")] == [-100, -100, 0]
