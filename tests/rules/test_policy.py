"""Rules of the land: data with dates and sources, and the days that count."""

from __future__ import annotations

from datetime import date

import pytest

from locations.policy import cooling_off_ends, jurisdictions, policy_for, read_folder
from locations.rules.policy import Policy, in_force, read
from locations.rules.policy_settings import RULES

GIVEN = {
    "effective_from": date(2027, 1, 1),
    "cooling_off_business_days": 3,
    "saturday_is_business_day": True,
    "holidays": "US",
    "refund_within_days": 30,
    "end_now_refund": False,
    "statutory_exits": ["moved", "death"],
    "moved_over_miles": 25,
    "cancel_notice_most_days": 30,
    "commitment_most_months": 12,
    "expired_value": "breakage",
    "dormancy_years": 0,
    "gift_card_dormancy_years": 0,
    "account_credit_dormancy_years": 0,
    "first_charge_notice_days": 7,
    "price_notice_days": [14, 7],
    "manager_limit_cents": 20_000,
    "dues_raises_per_year": 0,
    "gift_card_cash_below_cents": 0,
    "offers_open_to_all": False,
    "health_data_consent": True,
    "sources": ["a statute"],
    "counsel": "Check with counsel.",
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


def test_washington_is_given_old_credit_and_no_gift_card():
    land = policy_for("US-WA", date(2027, 1, 14))
    assert (land.gift_card_dormancy_years, land.account_credit_dormancy_years) == (0, 3)
    elsewhere = policy_for("US-default", date(2027, 1, 14))
    assert (elsewhere.gift_card_dormancy_years, elsewhere.account_credit_dormancy_years) == (0, 0)


def test_newest_policy_that_has_begun_holds():
    old, new = policy(), policy(effective_from=date(2027, 7, 1), dormancy_years=5)
    assert in_force([new, old], on=date(2027, 6, 30)) is old
    assert in_force([new, old], on=date(2027, 7, 1)) is new
    with pytest.raises(ValueError, match="no policy"):
        in_force([new, old], on=date(2026, 12, 31))


WRONG = [
    ({"expired_value": "ours"}, "expired_value"),
    ({"sources": []}, "sources"),
    ({"counsel": " "}, "counsel"),
    ({"colour": "blue"}, "colour"),
    ({"effective_from": "2027-01-01"}, "effective_from"),
    ({"cooling_off_business_days": True}, "cooling_off_business_days"),
    ({"refund_within_days": 0}, "refund_within_days"),
    ({"first_charge_notice_days": 6}, "first_charge_notice_days"),
    ({"price_notice_days": [7, 14]}, "price_notice_days"),
    ({"price_notice_days": []}, "price_notice_days"),
    ({"statutory_exits": ["bored"]}, "statutory_exits"),
    ({"end_now_refund": "yes"}, "end_now_refund"),
    ({"holidays": "MOON"}, "holidays"),
    ({"commitment_most_months": 37}, "commitment_most_months"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG, ids=str)
def test_a_rule_that_is_wrong_unknown_or_without_source_is_refused_by_name(wrong, field):
    with pytest.raises(ValueError, match=rf"^x.toml: X \[\[policy\]\] 1: {field} "):
        read({"jurisdiction": "X", "policy": [GIVEN | wrong]}, file="x.toml")


@pytest.mark.parametrize("name", GIVEN)
def test_a_missing_rule_is_refused_by_name(name):
    given = {key: value for key, value in GIVEN.items() if key != name}
    with pytest.raises(ValueError, match=f"{name} is missing"):
        read({"jurisdiction": "X", "policy": [given]})


def test_policies_of_a_file_follow_each_other():
    later = GIVEN | {"effective_from": date(2028, 1, 1)}
    assert len(read({"jurisdiction": "X", "policy": [GIVEN, later]})) == 2
    with pytest.raises(ValueError, match="effective_from must rise"):
        read({"jurisdiction": "X", "policy": [later, GIVEN]})
    with pytest.raises(ValueError, match="effective_from must rise"):
        read({"jurisdiction": "X", "policy": [GIVEN, GIVEN]})


def test_a_folder_names_the_file_that_is_wrong(tmp_path):
    (tmp_path / "moon.toml").write_text("jurisdiction = ", "utf-8")
    with pytest.raises(ValueError, match=r"^moon.toml: "):
        read_folder(tmp_path)
    (tmp_path / "moon.toml").write_text('jurisdiction = "MOON"', "utf-8")
    with pytest.raises(ValueError, match=r"^moon.toml: MOON needs"):
        read_folder(tmp_path)


@pytest.mark.parametrize("name", jurisdictions())
def test_every_policy_that_is_shipped_sends_what_is_unused_back_on_four_grounds(name):
    found = policy_for(name, date(2027, 6, 1))
    assert found.statutory_exits == ("moved", "disability", "death", "closure")
    assert (found.moved_over_miles, found.refund_within_days) == (25, 30)
    assert "counsel" in found.counsel


def test_washington_binds_nobody_and_raises_dues_once_a_year():
    here = policy_for("US-WA", date(2027, 6, 1))
    assert (here.end_now_refund, here.commitment_most_months) == (True, 0)
    assert (here.cancel_notice_most_days, here.dues_raises_per_year) == (0, 1)
    assert here.price_notice_days == (14, 7)
    elsewhere = policy_for("US-default", date(2027, 6, 1))
    assert (elsewhere.end_now_refund, elsewhere.dues_raises_per_year) == (False, 0)


# rule, a setting, one that is stricter for the studio than it
STRICTER = [
    ("cooling_off_business_days", "3", "5"),
    ("saturday_is_business_day", "yes", "no"),
    ("refund_within_days", "30", "14"),
    ("end_now_refund", "no", "yes"),
    ("statutory_exits", "moved,death", "moved,disability,death"),
    ("moved_over_miles", "25", "10"),
    ("cancel_notice_most_days", "30", "0"),
    ("commitment_most_months", "12", "0"),
    ("expired_value", "breakage", "refundable"),
    ("gift_card_dormancy_years", "0", "5"),
    ("account_credit_dormancy_years", "5", "3"),
    ("first_charge_notice_days", "7", "14"),
    ("price_notice_days", "14,7", "14,7,3"),
    ("price_notice_days", "14,7", "30,14"),
    ("dues_raises_per_year", "0", "1"),
    ("dues_raises_per_year", "2", "1"),
    ("gift_card_cash_below_cents", "0", "500"),
    ("offers_open_to_all", "no", "yes"),
]


@pytest.mark.parametrize(("name", "loose", "strict"), STRICTER)
def test_every_rule_says_which_way_is_stricter(name, loose, strict):
    rule = RULES[name]
    one, other = rule.parsed(loose), rule.parsed(strict)
    assert (rule.way(one, other), rule.way(other, one)) == ("stricter", "looser")
    assert rule.way(one, one) == "same"
    assert rule.strictest(one, other) == rule.strictest(other, one) == other
    assert (rule.written(one), rule.written(other)) == (loose, strict)
    assert rule.checked(one) == one


def test_a_notice_less_or_a_ground_exchanged_is_looser():
    assert RULES["price_notice_days"].way((14, 7), (60,)) == "looser"
    assert RULES["price_notice_days"].way((14, 7), (30, 3)) == "looser"
    assert RULES["statutory_exits"].way(("moved",), ("death",)) == "looser"


@pytest.mark.parametrize(
    ("name", "typed"),
    [("refund_within_days", "-1"), ("refund_within_days", "3.0"), ("refund_within_days", ""),
     ("end_now_refund", "true"), ("price_notice_days", "14;7"), ("price_notice_days", ""),
     ("statutory_exits", "moved,moved"), ("expired_value", "ours")],
)  # fmt: skip
def test_what_was_typed_wrongly_is_refused_in_words(name, typed):
    with pytest.raises(ValueError, match="must "):
        RULES[name].parsed(typed)


def test_every_rule_but_facts_of_the_law_has_a_case_above():
    assert {name for name, _, _ in STRICTER} == {
        name for name, rule in RULES.items() if rule.stricter != "fixed"
    }
