"""The bill of a change of plan, line by line: words, accounts and days of either side."""

from __future__ import annotations

from datetime import date

import pytest

from billing.rules.change import Side, for_change
from billing.rules.invoice import InvoiceAmounts
from locations.rules.tax_rates import TaxRateValue
from membership.rules.change_quotes import NowQuote, Part

OLD, NEW = TaxRateValue("old", 103_000), TaxRateValue("new", 103_700)
JUNE_11, JULY_1 = date(2027, 6, 11), date(2027, 7, 1)
TWO = Side("MAINT-2", "Maintenance 2", 2)
FOUR = Side("MAINT-4", "Maintenance 4", 4)
ENDLESS = Side("UNLIMITED", "Unlimited", None)


def bill(
    style: str, *, back: Part, taken: Part, held: Side = TWO, to: Side = FOUR
) -> InvoiceAmounts:
    quote = NowQuote(
        style=style,  # type: ignore[arg-type]
        on=JUNE_11,
        days=20,
        of_days=30,
        until=JULY_1,
        back=back,
        taken=taken,
        extra_credits=0,
    )
    return for_change(quote, held=held, to=to)


def test_in_the_same_cycle_both_sides_are_of_the_new_plan_and_name_their_days() -> None:
    found = bill("same_cycle", back=Part(-5267, -543, OLD), taken=Part(9267, 961, NEW))
    back, taken = found.lines
    assert (back.product, back.description) == ("MAINT-4", "Maintenance 2, unused: 20 of 30 days")
    assert (back.net_cents, back.tax_cents, back.tax_name) == (-5267, -543, "old")
    assert (back.period_start, back.period_end) == (None, None)
    assert taken.description == "Maintenance 4, 20 of 30 days"
    assert (taken.net_cents, taken.tax_cents, taken.tax_rate_ppm) == (9267, 961, 103_700)
    assert (taken.period_start, taken.period_end) == (JUNE_11, JULY_1)
    assert {line.quantity for line in found.lines} == {1}
    assert {line.product_class for line in found.lines} == {"plan"}
    assert (found.net_cents, found.tax_cents, found.total_cents) == (4000, 418, 4418)


@pytest.mark.parametrize(
    ("held", "to", "accounts"),
    [
        (TWO, ENDLESS, ["deferred_sessions", "deferred_time"]),
        (ENDLESS, TWO, ["deferred_time", "deferred_sessions"]),
    ],
)
def test_a_new_cycle_takes_back_what_the_old_plan_still_holds(
    held: Side, to: Side, accounts: list[str]
) -> None:
    back, taken = Part(-2000, -206, OLD), Part(9900, 1027, NEW)
    found = bill("new_cycle", back=back, taken=taken, held=held, to=to)
    assert [line.liability_account for line in found.lines] == accounts
    assert [line.product for line in found.lines] == [held.code, to.code]
    assert [line.description for line in found.lines] == [
        f"{held.name}, unused",
        f"{to.name}, from 2027-06-11",
    ]


def test_same_cycle_of_days_without_a_count_is_owed_in_time_on_both_sides() -> None:
    found = bill("same_cycle", back=Part(-10, -1, OLD), taken=Part(30, 3, NEW), to=ENDLESS)
    assert [line.liability_account for line in found.lines] == ["deferred_time"] * 2


def test_nothing_unused_is_no_line_and_a_tax_alone_is_one() -> None:
    (only,) = bill("new_cycle", back=Part(0, 0, OLD), taken=Part(9900, 1027, NEW)).lines
    assert only.net_cents == 9900
    odd = bill("new_cycle", back=Part(0, -1, OLD), taken=Part(9900, 1027, NEW))
    assert [line.tax_cents for line in odd.lines] == [-1, 1027]


def test_what_is_left_over_stays_as_credit_without_tax_and_nothing_is_asked_for() -> None:
    found = bill("new_cycle", back=Part(-7900, -814, OLD), taken=Part(5000, 519, NEW))
    kept = found.lines[-1]
    assert (kept.product, kept.product_class) == ("ACCOUNT-CREDIT", "credit")
    assert (kept.liability_account, kept.quantity) == ("account_credit", 1)
    assert (kept.net_cents, kept.tax_cents, kept.tax_rate_ppm) == (7900 + 814 - 5519, 0, 0)
    assert found.total_cents == 0
    even = bill("new_cycle", back=Part(-5000, 0, OLD), taken=Part(5000, 0, OLD))
    assert len(even.lines) == 2
