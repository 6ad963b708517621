"""An invoice is computed from plain values: lines, tax per line, and sums that sum."""

from __future__ import annotations

from datetime import date, time
from uuid import UUID

import pytest

from billing.rules import invoice
from billing.rules.run import reasons_open
from config.errors import Refused
from locations.rules.tax_rates import TaxRateValue
from membership.rules.due import Due

SEATTLE = {"plan": TaxRateValue("WA 10.35 %", 103_500), "pack": TaxRateValue("WA", 103_500)}
BOISE = {"plan": TaxRateValue("ID 6 %", 60_000)}


def _due(price_cents: int, *, currency: str = "USD", allowance: int | None = 4) -> Due:
    return Due(
        reason="renewal",
        membership_id=UUID(int=1),
        member_id=UUID(int=2),
        location_id=UUID(int=3),
        period_id=UUID(int=4),
        period_n=3,
        start=date(2027, 2, 10),
        end=date(2027, 3, 10),
        next_n=4,
        next_due_on=date(2027, 3, 10),
        plan_version_id=UUID(int=5),
        product="MAINT-4",
        description="Maintenance 4, 2027-02-10 to 2027-03-09",
        price_cents=price_cents,
        currency=currency,
        allowance=allowance,
        credits_until=date(2027, 4, 10),
        consent_id=None,
    )


@pytest.mark.parametrize(
    ("price_cents", "rates", "tax_cents"),
    [(13900, SEATTLE, 1439), (13900, BOISE, 834), (7900, SEATTLE, 818), (0, SEATTLE, 0)],
)
def test_tax_is_rounded_half_up_on_the_line(
    price_cents: int, rates: dict[str, TaxRateValue], tax_cents: int
) -> None:
    found = invoice.for_due(_due(price_cents), rates, currency="USD")
    assert (found.net_cents, found.tax_cents) == (price_cents, tax_cents)
    assert found.total_cents == price_cents + tax_cents


def test_a_plan_without_a_count_of_sessions_is_deferred_by_time() -> None:
    counted = invoice.for_due(_due(13900), SEATTLE, currency="USD")
    unlimited = invoice.for_due(_due(18600, allowance=None), SEATTLE, currency="USD")
    assert counted.lines[0].liability_account == "deferred_sessions"
    assert unlimited.lines[0].liability_account == "deferred_time"


@pytest.mark.parametrize(
    ("due", "rates", "code"),
    [
        (_due(-1), SEATTLE, "negative_price"),
        (_due(7900, currency="CAD"), SEATTLE, "currency_mismatch"),
        (_due(7900), {}, "no_tax_rate"),
    ],
)
def test_terms_that_make_no_invoice_are_refused_by_name(
    due: Due, rates: dict[str, TaxRateValue], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        invoice.for_due(due, rates, currency="USD")
    assert refused.value.code == code


def test_renewals_open_at_five_past_midnight_and_first_charges_at_nine() -> None:
    day = date(2027, 1, 14)
    at = {t: reasons_open(day=day, today=day, at=t) for t in (time(0, 4), time(0, 5), time(9, 0))}
    assert at[time(0, 4)] == frozenset()
    assert at[time(0, 5)] == {"renewal"}
    assert at[time(9, 0)] == {"renewal", "first_period"}


def test_a_missed_day_is_wholly_open_and_a_coming_one_not_at_all() -> None:
    missed = reasons_open(day=date(2027, 1, 13), today=date(2027, 1, 14), at=time(0, 0))
    coming = reasons_open(day=date(2027, 1, 15), today=date(2027, 1, 14), at=time(23, 0))
    assert missed == {"renewal", "first_period"}
    assert coming == frozenset()
