"""When a declined payment is tried again: four tries in all, then a person decides."""

from __future__ import annotations

from datetime import date

import pytest

from billing.rules import dunning
from billing.rules.credit import share
from billing.rules.janitor import DAY_MS, HOUR_MS, MINUTE_MS, look_due
from locations.rules.entries import SaleLine

FIRST = date(2027, 6, 1)
SOLD = SaleLine("MAINT-2", "deferred_sessions", 7900, "Sales tax", 818)


def test_a_decline_of_1_june_is_tried_on_the_3rd_6th_and_10th_and_then_no_more() -> None:
    planned = [dunning.next_try(FIRST, tries=n) for n in (1, 2, 3, 4)]
    assert planned == [date(2027, 6, 3), date(2027, 6, 6), date(2027, 6, 10), None]


def test_dunning_without_a_failed_try_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="failed try"):
        dunning.next_try(FIRST, tries=0)


def test_a_long_period_lapses_after_thirty_days_a_short_one_with_its_end() -> None:
    long = dunning.lapse_on(issued_on=FIRST, period_end=date(2027, 9, 1))
    short = dunning.lapse_on(issued_on=FIRST, period_end=date(2027, 6, 15))
    assert (long, short) == (date(2027, 7, 1), date(2027, 6, 15))


def test_nothing_used_credits_all_of_the_tax() -> None:
    whole = share([SOLD], [], unused_cents=7900)
    assert (whole.net_cents, whole.tax_cents, whole.total_cents) == (7900, 818, 8718)


@pytest.mark.parametrize("unused", range(0, 7901, 79))
def test_what_is_credited_and_what_is_kept_make_the_invoice(unused: int) -> None:
    credited = share([SOLD], [], unused_cents=unused)
    kept = (7900 - credited.net_cents) + (818 - credited.tax_cents)
    assert credited.total_cents + kept == 8718
    assert 0 <= credited.tax_cents <= 818


def test_more_than_was_charged_cannot_be_credited() -> None:
    with pytest.raises(ValueError, match="cannot credit"):
        share([SOLD], [], unused_cents=7901)


def test_the_unknown_is_looked_at_at_once_then_after_5_minutes_an_hour_and_daily() -> None:
    assert look_due(looks=0, looked_at_ms=None, now_ms=5)
    waits = ((1, 5 * MINUTE_MS), (2, HOUR_MS), (3, DAY_MS), (9, DAY_MS))
    for looks, gap in waits:
        assert not look_due(looks=looks, looked_at_ms=0, now_ms=gap - 1)
        assert look_due(looks=looks, looked_at_ms=0, now_ms=gap)
