"""Which postings an event makes: every entry closes, in total and at each location."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locations.rules import claims, deliveries
from locations.rules.entries import (
    Entry,
    Leg,
    SaleLine,
    Unbalanced,
    check,
    sums_by_day,
    sums_by_month,
)

SEA, TAC = UUID(int=1), UUID(int=2)
ON = date(2027, 1, 31)
CENTS = st.integers(min_value=0, max_value=10**9)


def legs(entry: Entry) -> list[tuple[str, UUID, int]]:
    return [(leg.account, leg.location_id, leg.amount_cents) for leg in entry.legs]


def sale(*lines: SaleLine) -> Entry:
    return claims.sale(
        invoice_id=uuid4(), on=ON, currency="USD", location_id=SEA, home_at=SEA, lines=lines
    )


def redemption(sold_at: UUID, delivered_at: UUID, value_cents: int = 3300) -> Entry:
    return deliveries.redemption(
        entry_id=uuid4(),
        on=ON,
        currency="USD",
        sold_at=sold_at,
        delivered_at=delivered_at,
        value_cents=value_cents,
        product="STARTER-3",
        home_at=SEA,
    )


def test_starter_of_99_dollars_at_seattle_is_owed_with_its_tax():
    entry = sale(SaleLine("STARTER-3", "deferred_sessions", 9900, "WA 10.35 %", 1025))
    assert legs(entry) == [
        ("receivable", SEA, 10925),
        ("deferred_sessions", SEA, -9900),
        ("sales_tax", SEA, -1025),
    ]
    assert entry.legs[2].detail == "WA 10.35 %"
    assert (entry.kind, entry.product, entry.invoice_id) == (
        "sale",
        "STARTER-3",
        entry.source_id,
    )


def test_sale_without_tax_posts_no_empty_tax_side():
    assert legs(sale(SaleLine("DROP-IN", "deferred_sessions", 5500, "none", 0))) == [
        ("receivable", SEA, 5500),
        ("deferred_sessions", SEA, -5500),
    ]


def test_gift_of_nothing_does_not_move_the_books():
    assert sale(SaleLine("COMP", "deferred_sessions", 0, "none", 0)).legs == ()


def test_sale_cannot_be_booked_as_breakage():
    with pytest.raises(Unbalanced):
        sale(SaleLine("STARTER-3", "breakage", 9900, "none", 0))


def test_session_at_home_of_the_credit_is_earned_there():
    assert legs(redemption(SEA, SEA)) == [
        ("deferred_sessions", SEA, 3300),
        ("earned_sessions", SEA, -3300),
    ]


def test_session_elsewhere_is_earned_there_and_owed_by_the_seller():
    entry = redemption(SEA, TAC)
    assert legs(entry) == [
        ("deferred_sessions", SEA, 3300),
        ("due_to", SEA, -3300),
        ("due_from", TAC, 3300),
        ("earned_sessions", TAC, -3300),
    ]
    assert entry.legs[1].detail == str(TAC)
    assert entry.legs[2].detail == str(SEA)
    check(entry)


@pytest.mark.parametrize("delivered_at", [SEA, TAC])
def test_undone_redemption_is_its_opposite_with_a_link_and_a_reason(delivered_at):
    original = uuid4()
    undone = deliveries.redemption_undone(
        entry_id=uuid4(),
        corrects_id=original,
        on=ON,
        currency="USD",
        sold_at=SEA,
        delivered_at=delivered_at,
        value_cents=3300,
        product="STARTER-3",
        home_at=SEA,
        reason="wrong member",
    )
    opposite = [(a, at, -cents) for a, at, cents in legs(redemption(SEA, delivered_at))]
    assert legs(undone) == opposite
    assert (undone.corrects_id, undone.reason) == (original, "wrong member")


@pytest.mark.parametrize("to", ["breakage", "expired_refundable"])
def test_expired_credits_leave_what_is_deferred(to):
    entry = deliveries.expiry(
        source_id=uuid4(),
        on=ON,
        currency="USD",
        location_id=SEA,
        value_cents=6600,
        to=to,
        product="STARTER-3",
    )
    assert legs(entry) == [("deferred_sessions", SEA, 6600), (to, SEA, -6600)]


def test_payment_time_credit_note_and_write_off_close():
    common = {"on": ON, "currency": "USD", "location_id": SEA}
    invoice = uuid4()
    entries = {
        claims.payment(payment_id=uuid4(), amount_cents=10925, invoice_id=invoice, **common): (
            "stripe_clearing",
            "receivable",
        ),
        deliveries.time_earned(source_id=uuid4(), plan="UNLIMITED", value_cents=600, **common): (
            "deferred_time",
            "earned_time",
        ),
        claims.written_off(invoice_id=invoice, amount_cents=500, **common): (
            "bad_debt",
            "receivable",
        ),
    }
    for entry, (debit, credit) in entries.items():
        assert [leg.account for leg in entry.legs] == [debit, credit]
        assert entry.legs[0].amount_cents > 0
        check(entry)


def test_credit_note_mirrors_its_sale_to_the_cent():
    note = claims.credit_note(
        credit_note_id=uuid4(),
        on=ON,
        currency="USD",
        location_id=SEA,
        lines=[SaleLine("MAINT-2", "deferred_sessions", 7900, "WA", 818)],
        owed="receivable",
        invoice_id=uuid4(),
    )
    sold = sale(SaleLine("MAINT-2", "deferred_sessions", 7900, "WA", 818))
    assert sorted(legs(note)) == sorted((a, at, -cents) for a, at, cents in legs(sold))


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(CENTS, CENTS), min_size=1, max_size=5), CENTS)
def test_whatever_is_sold_or_redeemed_closes_at_every_location(lines, value_cents):
    sold = sale(
        *(
            SaleLine(f"P{n}", "deferred_sessions", net, "t", tax)
            for n, (net, tax) in enumerate(lines)
        )
    )
    for entry in (sold, redemption(SEA, SEA, value_cents), redemption(SEA, TAC, value_cents)):
        check(entry)
        assert all(leg.amount_cents for leg in entry.legs)


@pytest.mark.parametrize(
    "wrong",
    [
        [Leg("receivable", SEA, 100), Leg("fees", SEA, -99)],
        [Leg("receivable", SEA, 100), Leg("fees", TAC, -100)],
        [Leg("receivables", SEA, 100), Leg("fees", SEA, -100)],
        [Leg("receivable", SEA, 0)],
        [Leg("receivable", SEA, 1.0), Leg("fees", SEA, -1.0)],
        [Leg("receivable", SEA, True), Leg("fees", SEA, -1)],
    ],
    ids=["off by a cent", "closes only in total", "no account", "nothing", "floats", "a bool"],
)
def test_entry_that_does_not_close_is_a_defect(wrong):
    with pytest.raises(Unbalanced):
        check(Entry("sale", "invoice", uuid4(), ON, "USD", tuple(wrong)))


def test_sums_of_a_day_keep_both_sides_and_the_count():
    entries = [redemption(SEA, SEA, 3300), redemption(SEA, SEA, 3300), redemption(SEA, TAC, 3300)]
    days = sums_by_day(entries)
    assert tuple(days[SEA, ON, "deferred_sessions", "redemption"]) == (9900, 0, 3)
    assert tuple(days[SEA, ON, "earned_sessions", "redemption"]) == (0, 6600, 2)
    assert tuple(days[TAC, ON, "earned_sessions", "redemption"]) == (0, 3300, 1)


def test_sums_of_a_month_add_its_days_and_no_others():
    days = [
        redemption(SEA, SEA)._replace(occurred_on=on)
        for on in (date(2027, 1, 1), date(2027, 1, 31), date(2027, 2, 1))
    ]
    months = sums_by_month(sums_by_day(days))
    key = (SEA, date(2027, 1, 1), "earned_sessions", "redemption")
    assert tuple(months[key]) == (0, 6600, 2)
    assert tuple(months[SEA, date(2027, 2, 1), "earned_sessions", "redemption"]) == (0, 3300, 1)
