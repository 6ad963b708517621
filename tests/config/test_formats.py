"""How figures are written for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask, g

from config import formats


@pytest.fixture
def page() -> Iterator[None]:
    app = Flask("formats")
    app.config["DEFAULT_LOCALE"] = "en_US"
    with app.app_context():
        yield


@pytest.mark.usefixtures("page")
class TestInAmericanEnglish:
    def test_cents_are_dollars_and_no_digit_is_lost(self) -> None:
        assert formats.money(12345, "USD") == "$123.45"
        assert formats.money(-5, "USD") == "-$0.05"
        assert formats.money(123_456_789_012_345_678, "USD") == "$1,234,567,890,123,456.78"

    def test_a_currency_without_minor_units_has_none(self) -> None:
        assert formats.money(12345, "JPY") == "¥12,345"

    def test_an_axis_has_no_cents(self) -> None:
        assert formats.money_round(800_000, "USD") == "$8,000"

    def test_a_rate_keeps_the_digits_it_has_and_no_more(self) -> None:
        assert formats.percent(103_500) == "10.35%"
        assert formats.percent(60_000) == "6%"
        assert formats.percent(100_000) == "10%"
        assert formats.percent(0) == "0%"

    def test_an_evening_instant_is_shown_on_the_wall_of_the_studio(self) -> None:
        instant = datetime(2027, 2, 1, 7, 30, tzinfo=UTC)
        assert formats.moment(instant, "America/Los_Angeles") == "Jan 31, 2027, 11:30 PM PST"
        assert formats.moment(instant, "America/Boise") == "Feb 1, 2027, 12:30 AM MST"

    def test_dates_and_counts(self) -> None:
        assert formats.day(date(2027, 1, 4)) == "January 4, 2027"
        assert formats.month(date(2027, 1, 31)) == "Jan 2027"
        assert formats.counted(1, "session", "sessions") == "1 session"
        assert formats.counted(0, "session", "sessions") == "0 sessions"


@pytest.mark.usefixtures("page")
def test_a_page_in_another_locale_follows_it() -> None:
    g.locale = "nl_NL"
    assert formats.money(12345, "EUR") == "€\xa0123,45"
    assert formats.day(date(2027, 1, 4)) == "4 januari 2027"
