"""Rules of the land: data with dates and sources, and the days that count."""

from __future__ import annotations

from datetime import date

import pytest

from locations.policy import cooling_off_ends, jurisdictions, policy_for
from locations.rules.policy import Policy, in_force, read

GIVEN = {
    "effective_from": date(2027, 1, 1),
    "cooling_off_business_days": 3,
    "saturday_is_business_day": True,
    "holidays": "US",
    "refund_within_days": 30,
    "expired_value": "breakage",
    "dormancy_years": 0,
    "first_charge_notice_days": 7,
    "sources": ["a statute"],
}


def policy(**changed) -> Policy:
    return read({"jurisdiction": "X", "policy": [GIVEN | changed]})[0]


def test_two_jurisdictions_are_shipped():
    assert jurisdictions() == ("US-WA", "US-default")


def test_expired_value_is_still_owed_in_washington_and_kept_elsewhere():
    on = date(2027, 1, 14)
    assert policy_for("US-WA", on).expired_value == "refundable"
    assert policy_for("US-WA", on).dormancy_years == 3
    assert policy_for("US-default", on).expired_value == "breakage"


@pytest.mark.parametrize("name", jurisdictions())
def test_every_rule_names_its_sources_and_the_notice_before_a_first_charge(name):
    found = policy_for(name, date(2027, 1, 14))
    assert found.first_charge_notice_days == 7
    assert all(found.sources)


@pytest.mark.parametrize(
    ("signed_on", "last_day", "why"),
    [
        (date(2027, 1, 4), date(2027, 1, 7), "Monday to Thursday"),
        (date(2027, 1, 7), date(2027, 1, 11), "Saturday counts, Sunday does not"),
        (date(2027, 1, 15), date(2027, 1, 20), "Martin Luther King Day does not count"),
        (date(2027, 11, 24), date(2027, 11, 30), "nor Thanksgiving, nor the day after"),
        (date(2027, 12, 30), date(2028, 1, 5), "nor New Year's on Saturday, kept on Friday"),
    ],
)
def test_three_business_days_in_washington(signed_on, last_day, why):
    assert cooling_off_ends(policy_for("US-WA", signed_on), signed_on) == last_day, why


def test_day_after_thanksgiving_counts_where_no_state_says_otherwise():
    signed_on = date(2027, 11, 24)
    assert cooling_off_ends(policy_for("US-default", signed_on), signed_on) == date(2027, 11, 29)


def test_newest_policy_that_has_begun_holds():
    old, new = policy(), policy(effective_from=date(2027, 7, 1), dormancy_years=5)
    assert in_force([new, old], on=date(2027, 6, 30)) is old
    assert in_force([new, old], on=date(2027, 7, 1)) is new
    with pytest.raises(ValueError, match="no policy"):
        in_force([new, old], on=date(2026, 12, 31))


@pytest.mark.parametrize(
    "wrong", [{"expired_value": "ours"}, {"sources": []}, {"colour": "blue"}], ids=str
)
def test_a_rule_that_is_unknown_or_without_source_is_refused(wrong):
    with pytest.raises(ValueError, match="X"):
        policy(**wrong)


def test_a_missing_rule_is_refused_by_name():
    given = {key: value for key, value in GIVEN.items() if key != "refund_within_days"}
    with pytest.raises(ValueError, match="refund_within_days"):
        read({"jurisdiction": "X", "policy": [given]})
