"""From starter to maintenance: what a consent leads to, day by day."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from membership.rules import notices
from membership.rules.consents import Terms, wording
from membership.rules.documents import KINDS, current, fingerprint
from membership.rules.journey import Starter, next_for, notice_about, phase

SEATTLE = ZoneInfo("America/Los_Angeles")


def starter(**more: object) -> Starter:
    """Opened on January 4th, told on the 7th that its plan begins on the 14th."""
    facts: dict[str, object] = {
        "state": "open",
        "opened_on": date(2027, 1, 4),
        "converts_from": date(2027, 1, 14),
        "told_on": date(2027, 1, 14),
        "delivered_on": date(2027, 1, 7),
    }
    return Starter(**(facts | more))  # type: ignore[arg-type]


def test_the_plan_begins_on_january_14th_and_not_a_day_earlier() -> None:
    assert next_for(starter(), on=date(2027, 1, 13), notice_days=7) == "wait"
    assert next_for(starter(), on=date(2027, 1, 14), notice_days=7) == "start"


def test_an_empty_pack_does_not_bring_the_charge_forward() -> None:
    assert next_for(starter(state="spent"), on=date(2027, 1, 9), notice_days=7) == "wait"
    assert next_for(starter(state="spent"), on=date(2027, 1, 14), notice_days=7) == "start"


@pytest.mark.parametrize("missing", ["told_on", "delivered_on"])
def test_without_a_delivered_notice_nothing_is_charged(missing: str) -> None:
    assert next_for(starter(**{missing: None}), on=date(2027, 1, 20), notice_days=7) == "wait"


def test_a_notice_that_arrives_on_the_9th_moves_the_charge_to_the_16th() -> None:
    late = starter(delivered_on=date(2027, 1, 9))
    assert next_for(late, on=date(2027, 1, 15), notice_days=7) == "wait"
    assert next_for(late, on=date(2027, 1, 16), notice_days=7) == "start"


def test_the_date_that_the_notice_named_holds_even_if_it_came_early() -> None:
    named = starter(told_on=date(2027, 1, 18))
    assert next_for(named, on=date(2027, 1, 17), notice_days=7) == "wait"
    assert next_for(named, on=date(2027, 1, 18), notice_days=7) == "start"


def test_a_starter_never_opened_lets_its_consent_lapse_once_it_expired() -> None:
    unopened = {"opened_on": None, "converts_from": None, "told_on": None, "delivered_on": None}
    assert (
        next_for(starter(state="unopened", **unopened), on=date(2027, 1, 18), notice_days=7)
        == "wait"
    )
    assert (
        next_for(starter(state="expired", **unopened), on=date(2027, 1, 19), notice_days=7)
        == "lapse"
    )


def test_a_cancelled_pack_takes_its_consent_with_it() -> None:
    assert next_for(starter(state="cancelled"), on=date(2027, 1, 5), notice_days=7) == "lapse"


def test_a_conversion_a_month_late_would_be_a_surprise_and_never_happens() -> None:
    assert next_for(starter(), on=date(2027, 2, 12), notice_days=7) == "start"
    assert next_for(starter(), on=date(2027, 2, 13), notice_days=7) == "lapse"


@pytest.mark.parametrize(
    ("window_end", "booster", "plan", "expected"),
    [
        (date(2027, 1, 14), False, None, "intensive"),
        (date(2027, 1, 10), False, None, "none"),
        (date(2027, 1, 10), False, "active", "maintenance"),
        (None, False, "locked", "maintenance"),
        (None, True, "active", "relapse"),
        (date(2027, 1, 14), True, "active", "intensive"),
        (None, False, "pending", "none"),
        (None, False, None, "none"),
    ],
)
def test_the_phase_on_january_10th_is_derived(
    window_end: date | None, booster: bool, plan: str | None, expected: str
) -> None:
    found = phase(
        on=date(2027, 1, 10), intensive_until=window_end, booster_left=booster, plan_status=plan
    )
    assert found == expected


def test_the_notice_leaves_at_eight_in_seattle_seven_days_before() -> None:
    leaves = notices.leaves_at(date(2027, 1, 14), days_before=7, zone=SEATTLE)
    assert leaves == datetime(2027, 1, 7, 16, 0, tzinfo=UTC)


def test_the_charge_waits_for_nine_in_seattle() -> None:
    assert notices.charges_from(date(2027, 1, 14), zone=SEATTLE) == datetime(
        2027, 1, 14, 17, 0, tzinfo=UTC
    )


def test_a_notice_sent_two_days_late_names_a_date_two_days_later() -> None:
    sent_at = datetime(2027, 1, 9, 20, 0, tzinfo=UTC)
    told = notices.told_date("conversion", date(2027, 1, 14), sent_at=sent_at, zone=SEATTLE, days=7)
    assert told == date(2027, 1, 16)
    about = notice_about(converts_from=date(2027, 1, 14), today=date(2027, 1, 9), notice_days=7)
    assert about == date(2027, 1, 16)


def test_a_warning_about_a_window_keeps_its_date_and_goes_stale_with_it() -> None:
    end = date(2027, 1, 14)
    late = datetime(2027, 1, 13, 20, 0, tzinfo=UTC)
    assert notices.told_date("window_1", end, sent_at=late, zone=SEATTLE, days=7) == end
    assert not notices.is_stale("window_1", end, on=date(2027, 1, 13))
    assert notices.is_stale("window_1", end, on=end)
    assert not notices.is_stale("conversion", end, on=end)


def terms(**more: object) -> Terms:
    given: dict[str, object] = {
        "plan_name": "Maintenance 2",
        "place_name": "Seattle",
        "sessions": 2,
        "interval_count": 1,
        "interval_unit": "month",
        "price": "$79.00",
        "tax": "$8.18",
        "total": "$87.18",
        "after_days": 10,
    }
    return Terms(**(given | more))  # type: ignore[arg-type]


def test_the_consent_says_what_how_much_when_and_how_to_leave() -> None:
    text = wording(terms())
    for part in ("Maintenance 2", "Seattle", "2 sessions a month", "$79.00", "$8.18", "$87.18",
                 "10 days after my first session", "7 days before", "two clicks"):  # fmt: skip
        assert part in text


def test_an_unlimited_plan_every_four_weeks_from_today_reads_so() -> None:
    text = wording(terms(sessions=None, interval_count=4, interval_unit="week", after_days=None))
    assert "as many sessions as I like" in text
    assert "every 4 weeks" in text
    assert "The first charge is today." in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_names_its_place_and_has_one_fingerprint(kind: str) -> None:
    there = current(kind, place="Seattle", address="1 Pine St", entity="Taper LLC")  # type: ignore[arg-type]
    assert "Seattle" in there.text
    assert "{" not in there.text
    assert there.sha256 == fingerprint(there.text) != fingerprint(there.text + " ")
