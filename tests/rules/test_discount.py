"""What a promotion takes off: parts that sum, tax on what is left, and refusals by name."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules import invoice
from config.errors import Refused
from config.money import PPM, allocate, half_up
from locations.rules.claims import sale
from locations.rules.entries import SaleLine
from locations.rules.tax_rates import TaxRateValue
from membership.rules import discount as rule
from membership.rules.discount import Bought, Code, Discount

SEA, BOI, INVOICE = UUID(int=1), UUID(int=2), UUID(int=3)
MARCH_1 = date(2027, 3, 1)
TENTH = Code(
    id=UUID(int=9), code="TENTH", name="A tenth", amount_cents=None, percent_ppm=100_000,
    currency=None, periods=1, scope="all", products=None, audience="open", location_id=None,
    valid_from=date(2027, 1, 1), valid_until=None,
)  # fmt: skip
BOOSTER = Bought("packs", "BOOSTER-3", 9000, "USD", SEA)

prices = st.integers(0, 10**8)
codes = st.one_of(
    st.integers(1, PPM).map(lambda ppm: TENTH._replace(percent_ppm=ppm)),
    st.integers(1, 10**8).map(
        lambda cents: TENTH._replace(percent_ppm=None, amount_cents=cents, currency="USD")
    ),
)
rates = st.integers(0, 300_000)


def taken(code: Code, price_cents: int) -> int | None:
    """What comes off, or nothing where the code is refused for this price."""
    try:
        return rule.share_cents(code, price_cents)
    except Refused:
        return None


@given(code=codes, price=prices)
def test_what_comes_off_and_what_is_left_are_the_price_and_neither_is_nothing(code, price):
    off = taken(code, price)
    if off is None:  # refused because it would have taken all of it, or nothing
        meant = code.amount_cents or half_up(price * (code.percent_ppm or 0), PPM)
        assert meant == 0 or meant >= price
        return
    assert off > 0
    assert price - off > 0
    if code.amount_cents is not None:
        assert off == code.amount_cents
    else:  # half up: never farther than half a cent from the exact share
        assert abs(2 * (off * PPM - price * code.percent_ppm)) <= PPM


@given(ppm=st.integers(1, PPM), price=prices, more=st.integers(0, PPM))
def test_a_larger_share_never_takes_less(ppm, price, more):
    less = taken(TENTH._replace(percent_ppm=ppm), price)
    larger = taken(TENTH._replace(percent_ppm=min(PPM, ppm + more)), price)
    assert less is None or larger is None or less <= larger


@given(code=codes, price=st.integers(1, 10**8), rate=rates, joining=st.integers(0, 50_000))
def test_tax_is_on_what_is_left_and_nothing_comes_off_what_joining_costs(
    code, price, rate, joining
):
    off = taken(code, price) or 0
    tax = TaxRateValue("WA sales tax", rate)
    known = {"plan": tax, "fee": tax}
    period = invoice.line(
        product="MAINT-2", product_class="plan", description="Maintenance", net_cents=price - off,
        rates=known, liability_account=invoice.DEFERRED_SESSIONS,
    )  # fmt: skip
    bill = invoice.amounts([period, *invoice.joining("MAINT-2", joining, known)])
    bill = bill._replace(discounts=(Discount(1, code.id, code.name, off),))
    assert bill.net_cents + sum(one.amount_cents for one in bill.discounts) == price + joining
    assert bill.tax_cents == half_up((price - off) * rate, PPM) + half_up(joining * rate, PPM)
    assert bill.total_cents == bill.net_cents + bill.tax_cents

    booked = sale(
        invoice_id=INVOICE, on=MARCH_1, currency="USD", location_id=SEA, home_at=SEA,
        lines=[SaleLine(*_sold(line)) for line in bill.lines],
    )  # fmt: skip
    held = -sum(leg.amount_cents for leg in booked.legs if leg.account == "deferred_sessions")
    assert held == price - off, "deferred is what was paid for the sessions, not their list price"
    assert sum(leg.amount_cents for leg in booked.legs) == 0
    assert sum(allocate(held, 3)) == held


def _sold(line: invoice.Line) -> tuple[str, str, int, str, int]:
    return (
        line.product, line.liability_account, line.net_cents, line.tax_name, line.tax_cents,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "bought", "on", "refusal"),
    [
        (TENTH, BOOSTER, date(2026, 12, 31), "code_not_yet"),
        (TENTH._replace(valid_until=date(2027, 2, 28)), BOOSTER, MARCH_1, "code_over"),
        (TENTH._replace(location_id=BOI), BOOSTER, MARCH_1, "code_elsewhere"),
        (TENTH._replace(scope="plans"), BOOSTER, MARCH_1, "code_for_others"),
        (TENTH._replace(products=frozenset({"DROP-IN"})), BOOSTER, MARCH_1, "code_for_others"),
        (TENTH._replace(currency="CAD"), BOOSTER, MARCH_1, "code_currency"),
        (TENTH, BOOSTER._replace(price_cents=4), MARCH_1, "code_takes_all"),
    ],
)
def test_a_code_that_is_not_for_it_is_refused_by_name(code, bought, on, refusal):
    with pytest.raises(Refused) as told:
        _asked(code, bought, on)
    assert told.value.code == refusal


def _asked(code: Code, bought: Bought, on: date) -> Discount:
    rule.require_applies(code, bought, on=on)
    return rule.first_line(code, bought.price_cents)


@pytest.mark.parametrize(
    "code",
    [
        TENTH,
        TENTH._replace(valid_from=MARCH_1, valid_until=MARCH_1),
        TENTH._replace(location_id=SEA, scope="packs", products=frozenset({"BOOSTER-3"})),
        TENTH._replace(percent_ppm=None, amount_cents=900, currency="USD"),
    ],
)
def test_a_tenth_of_ninety_dollars_is_nine_on_its_first_and_its_last_day(code):
    assert _asked(code, BOOSTER, MARCH_1) == (1, code.id, code.name, 900)
