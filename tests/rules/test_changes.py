"""What another plan costs, from plain values: at the renewal, or now for the days left."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.change import Side, for_change
from billing.rules.checkout import page_lines
from config.calendar import Cycle, Interval
from config.errors import Refused
from config.money import tax_cents
from locations.rules.tax_rates import TaxRateValue
from membership.rules import change_quotes
from membership.rules import changes as rules
from membership.rules.catalog import PlanTerms
from membership.rules.change_quotes import NowQuote, Running
from membership.rules.change_words import Asked, wording

MONTH, YEAR = Interval(1, "month"), Interval(12, "month")
SEA = TaxRateValue("Seattle sales tax", 103_500)
BOI = TaxRateValue("Boise sales tax", 60_000)


def terms(
    price_cents: int, allowance: int | None, *, tier: int = 2, interval: Interval = MONTH
) -> PlanTerms:
    return PlanTerms(
        plan_version_id=UUID(int=2),
        code="TO",
        name="To",
        tier=tier,
        interval=interval,
        allowance=allowance,
        rollover_cap=allowance or 0,
        rollover_periods=1,
        price_cents=price_cents,
        overage_cents=None,
        currency="USD",
        commitment_periods=0,
        notice_days=0,
        hold_min_days=7,
        hold_max_days=90,
        roams=True,
        joining_cents=0,
        hold_fee_cents=0,
    )


def running(
    price_cents: int = 7900,
    allowance: int | None = 2,
    *,
    start: date = date(2027, 5, 10),
    end: date = date(2027, 6, 10),
    frozen_days: int = 0,
    unspent_cents: int = 7900,
    unearned_cents: int = 0,
    rate: TaxRateValue = SEA,
) -> Running:
    return Running(
        start=start,
        end=end,
        frozen_days=frozen_days,
        price_cents=price_cents,
        tier=1,
        interval=MONTH,
        allowance=allowance,
        rate=rate,
        unspent=1 if unspent_cents else 0,
        unspent_cents=unspent_cents,
        unearned_cents=unearned_cents,
    )


def now(held: Running, to: PlanTerms, on: date, rate: TaxRateValue = SEA) -> NowQuote:
    end = Cycle(on, to.interval, on.day).period(0).end
    return change_quotes.now_quote(held, to, rate=rate, on=on, new_end=end)


@pytest.mark.parametrize(
    ("on", "back", "taken", "total", "extra"),
    [
        # the last day: 1 of 31
        (date(2027, 6, 9), (-255, -26), (448, 46), 213, 0),
        # the first: all of it
        (date(2027, 5, 10), (-7900, -818), (13900, 1439), 6621, 2),
        # 17 of 31 days: half up, and one more session
        (date(2027, 5, 24), (-4332, -448), (7623, 789), 3632, 1),
        # 16 of 31
        (date(2027, 5, 25), (-4077, -422), (7174, 743), 3418, 1),
        # 15 of 31: too few days for another one
        (date(2027, 5, 26), (-3823, -396), (6726, 696), 3203, 0),
    ],
)
def test_maintenance_2_to_4_in_may_at_seattle(
    on: date, back: tuple[int, int], taken: tuple[int, int], total: int, extra: int
) -> None:
    quote = now(running(), terms(13900, 4), on)
    assert (quote.back.net_cents, quote.back.tax_cents) == back
    assert (quote.taken.net_cents, quote.taken.tax_cents) == taken
    assert (quote.total_cents, quote.extra_credits) == (total, extra)


def test_the_old_side_is_given_back_at_the_rate_it_was_taxed_at() -> None:
    quote = now(running(rate=BOI), terms(13900, 4), date(2027, 6, 9))
    assert (quote.back.tax_cents, quote.taken.tax_cents) == (-15, 46)


def test_days_on_hold_are_no_days_of_the_price() -> None:
    held = running(start=date(2027, 2, 10), end=date(2027, 3, 25), frozen_days=15)
    quote = now(held, terms(13900, 4), date(2027, 3, 20))
    assert (quote.days, quote.of_days) == (5, 28)


def test_smaller_plan_begins_with_the_renewal() -> None:
    with pytest.raises(Refused) as refused:
        now(running(13900, 4), terms(7900, 2, tier=1), date(2027, 5, 20))
    assert refused.value.code == "only_at_renewal"


def test_another_interval_begins_today_and_gives_back_what_is_still_deferred() -> None:
    quote = now(running(unspent_cents=3950), terms(79000, 24, interval=YEAR), date(2027, 5, 20))
    assert (quote.style, quote.until) == ("new_cycle", date(2028, 5, 20))
    assert (quote.back.net_cents, quote.back.tax_cents) == (-3950, -409)
    assert (quote.taken.net_cents, quote.taken.tax_cents) == (79000, 8177)
    assert quote.account_credit_cents == 0


def test_what_would_be_less_than_nothing_is_kept_as_account_credit() -> None:
    held = running(79000, 24, unspent_cents=60000)
    held = Running(**{name: getattr(held, name) for name in held.__slots__} | {"interval": YEAR})
    quote = now(held, terms(7900, 2), date(2027, 5, 20))
    assert quote.account_credit_cents == 60000 + 6210 - 7900 - 818
    assert (quote.total_cents, quote.net_cents + quote.tax_cents) == (0, 0)


def test_price_after_a_change_is_only_covered_up_to_what_was_agreed() -> None:
    assert rules.is_covered(total_cents=8718, agreed_total_cents=8718)
    assert not rules.is_covered(total_cents=8719, agreed_total_cents=8718)


def test_change_bound_to_a_day_waits_for_the_first_renewal_on_or_after_it() -> None:
    bound = {"not_before": "2027-06-15"}
    assert not rules.is_due(bound, next_due_on=date(2027, 6, 10))
    assert rules.is_due(bound, next_due_on=date(2027, 6, 15))
    assert rules.is_due({}, next_due_on=date(2027, 1, 1))


def test_words_name_every_amount_that_will_be_charged() -> None:
    asked = Asked(
        "Four", "Seattle", 4, 1, "month", "$139.00", "$14.39", "$153.39", "$30.00",
        "June 10, 2027", "$2.13",
    )  # fmt: skip
    text = wording(asked)
    for said in ("$2.13", "$139.00", "$14.39", "$153.39", "$30.00", "June 10, 2027", "4 sessions"):
        assert said in text


prices = st.integers(0, 100_000)
rates = st.builds(TaxRateValue, st.sampled_from(["one", "other"]), st.integers(0, 250_000))


@st.composite
def now_quotes(draw: st.DrawFn) -> tuple[Running, PlanTerms, NowQuote]:
    """Any change that may begin today."""
    start = draw(st.dates(date(2026, 1, 1), date(2029, 12, 31)))
    days = draw(st.integers(1, 62))
    old_price = draw(prices)
    other_interval = draw(st.booleans())
    held = running(
        old_price,
        draw(st.none() | st.integers(1, 20)),
        start=start,
        end=start + timedelta(days=days),
        unspent_cents=draw(st.integers(0, old_price)),
        rate=draw(rates),
    )
    new_price = draw(prices) if other_interval else old_price + draw(st.integers(0, 50_000))
    to = terms(
        new_price, draw(st.none() | st.integers(1, 20)), interval=YEAR if other_interval else MONTH
    )
    on = start + timedelta(days=draw(st.integers(0, days - 1)))
    return held, to, now(held, to, on, draw(rates))


@given(now_quotes())
def test_what_is_quoted_is_the_sum_of_its_parts_and_never_below_zero(
    found: tuple[Running, PlanTerms, NowQuote],
) -> None:
    held, to, quote = found
    kept = quote.account_credit_cents
    assert quote.total_cents == quote.back.total_cents + quote.taken.total_cents + kept >= 0
    assert kept == 0 or quote.total_cents == 0
    for part in (quote.back, quote.taken):
        assert part.tax_cents == tax_cents(part.net_cents, rate_ppm=part.rate.rate_ppm)
    if quote.style == "same_cycle":
        assert quote.back.net_cents >= -held.price_cents
        assert quote.taken.net_cents <= to.price_cents
        assert quote.net_cents >= 0
    else:
        assert quote.back.net_cents == -held.deferred_cents


@given(now_quotes())
def test_invoice_and_card_page_ask_for_exactly_what_was_quoted(
    found: tuple[Running, PlanTerms, NowQuote],
) -> None:
    held, to, quote = found
    amounts = for_change(
        quote, held=Side("OLD", "Old", held.allowance), to=Side(to.code, to.name, to.allowance)
    )
    assert amounts.total_cents == quote.total_cents
    assert (amounts.net_cents, amounts.tax_cents) == (quote.net_cents, quote.tax_cents)
    taxes: dict[str, int] = {}
    for line in amounts.lines:
        taxes[line.tax_name] = taxes.get(line.tax_name, 0) + line.tax_cents
    shown = page_lines([(line.description, line.net_cents) for line in amounts.lines], taxes)
    if quote.total_cents:
        assert sum(line.amount_cents for line in shown) == quote.total_cents
        assert all(line.amount_cents > 0 for line in shown)


@given(now_quotes())
def test_sessions_on_top_are_never_more_than_the_new_plan_brings(
    found: tuple[Running, PlanTerms, NowQuote],
) -> None:
    _, to, quote = found
    assert 0 <= quote.extra_credits <= (to.allowance or 0)


@given(st.integers(0, 200_000), st.integers(1, 62), st.integers(0, 61))
def test_days_that_are_left_bring_in_what_they_were_paid(
    value_cents: int, of_days: int, passed: int
) -> None:
    days = max(1, of_days - passed)
    whole = change_quotes.spread_price(value_cents, days=days, of_days=of_days)
    left = whole - (whole * (of_days - days) * 2 + of_days) // (2 * of_days)
    assert abs(left - value_cents) <= 1, "the odd cent is earned at once"
