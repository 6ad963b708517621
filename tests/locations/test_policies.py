"""An owner's changes of the land's rules at one studio: dated, one-sided, and on the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from config.audit import Actor
from config.db import db, transaction
from config.errors import Invalid, Refused
from config.models import AuditEntry
from locations import places, policy_overrides
from locations.models import Location
from locations.policy import policy_at, policy_for
from tests.locations.conftest import HTTPS, post
from tests.support.databases import START

OWNER = Actor(None, "the owner")
TODAY = date(2027, 1, 4)


@pytest.fixture
def seattle(app) -> Location:
    return opened("sea", "US-WA")


def opened(slug: str, jurisdiction: str) -> Location:
    with transaction():
        return places.open_place(
            slug=slug,
            name=slug.title(),
            zone="America/Los_Angeles",
            currency="USD",
            jurisdiction=jurisdiction,
            address="1 Main Street",
            number_prefix=slug.upper(),
            legal_entity="Group",
            stripe_account="main",
            opened_on=date(2026, 1, 1),
        )


def change(
    place: Location, rule: str, setting: str, on: date, *, reason: str | None = None
) -> None:
    with transaction():
        policy_overrides.set_rule(
            location_id=place.id,
            land=policy_for(place.jurisdiction, on),
            rule=rule,
            setting=setting,
            effective_from=on,
            reason=reason,
            on=TODAY,
            by=OWNER,
            now=START,
        )


def test_a_rule_tightened_from_february_on_holds_there_and_then_alone(seattle):
    tacoma = opened("tac", "US-WA")
    change(seattle, "cooling_off_business_days", "7", date(2027, 2, 1))
    assert policy_at(seattle, date(2027, 1, 31)).cooling_off_business_days == 3
    assert policy_at(seattle, date(2027, 2, 1)).cooling_off_business_days == 7
    assert policy_at(tacoma, date(2027, 2, 1)).cooling_off_business_days == 3
    assert policy_at(seattle, date(2027, 2, 1)).sources == policy_for("US-WA", TODAY).sources


def test_loosening_needs_a_reason_and_keeps_it(seattle):
    with pytest.raises(Invalid) as refused:
        change(seattle, "end_now_refund", "no", TODAY)
    assert refused.value.fields[0].field == "/reason"
    with pytest.raises(Invalid):
        change(seattle, "end_now_refund", "no", TODAY, reason="   ")
    assert policy_at(seattle, TODAY).end_now_refund is True
    change(seattle, "end_now_refund", "no", TODAY, reason="Counsel says it does not apply here.")
    assert policy_at(seattle, TODAY).end_now_refund is False
    (kept,) = policy_overrides.of_location(seattle.id)
    assert kept.reason == "Counsel says it does not apply here."
    (entry,) = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "policy.changed")
    )
    assert entry.facts["rule"] == "end_now_refund"
    assert entry.facts["setting"] == "no"


def test_the_newest_change_holds_and_an_older_one_comes_back_never(seattle):
    change(seattle, "refund_within_days", "14", date(2027, 2, 1))
    change(seattle, "refund_within_days", "30", date(2027, 3, 1))
    held = [policy_at(seattle, date(2027, month, 1)).refund_within_days for month in (1, 2, 3)]
    assert held == [30, 14, 30]


def test_what_was_tightened_never_falls_behind_what_the_land_asks_for(seattle):
    change(seattle, "cooling_off_business_days", "5", TODAY)
    stricter_land = replace(policy_for("US-WA", TODAY), cooling_off_business_days=10)
    merged = policy_overrides.merged(stricter_land, seattle.id, on=TODAY)
    assert merged.cooling_off_business_days == 10


@pytest.mark.parametrize(
    ("rule", "setting", "field"),
    [
        ("colour", "blue", "/rule"),
        ("health_data_consent", "no", "/rule"),
        ("holidays", "US", "/rule"),
        ("dormancy_years", "9", "/rule"),
        ("refund_within_days", "soon", "/setting"),
        ("refund_within_days", "900", "/setting"),
        ("price_notice_days", "7,14", "/setting"),
    ],
)
def test_a_change_that_makes_no_sense_names_its_field(seattle, rule, setting, field):
    with pytest.raises(Invalid) as refused:
        change(seattle, rule, setting, TODAY, reason="because")
    assert refused.value.fields[0].field == field


def test_yesterday_cannot_be_changed_nor_one_day_twice(seattle):
    with pytest.raises(Invalid) as refused:
        change(seattle, "refund_within_days", "14", date(2027, 1, 3))
    assert refused.value.fields[0].field == "/effective_from"
    change(seattle, "refund_within_days", "14", TODAY)
    with pytest.raises(Refused, match="already"):
        change(seattle, "refund_within_days", "13", TODAY)


def test_owner_sets_a_rule_on_the_page_and_everybody_at_work_reads_it(studios, hire, sign_in):
    hire("olga", "owner")
    hire("dana", "desk", studios.sea)
    owner, desk = sign_in("olga"), sign_in("dana")
    page = desk.get("/manage/policies?location=sea", base_url=HTTPS)
    assert page.status_code == 200
    assert "RCW 19.142" in page.text
    assert "Set a rule otherwise" not in page.text
    given = {
        "location": "sea",
        "rule": "refund_within_days",
        "setting": "14",
        "effective_from": "2027-02-01",
    }
    assert post(desk, "/manage/policies", **given).status_code == 403
    assert post(owner, "/manage/policies", **given).status_code == 303
    later = desk.get("/manage/policies?location=sea&on=2027-02-01", base_url=HTTPS).text
    assert "14" in later
    assert "changed" in later
    assert policy_at(studios.sea, date(2027, 2, 1)).refund_within_days == 14


def test_a_looser_rule_without_its_reason_comes_back_with_what_was_typed(studios, hire, sign_in):
    hire("olga", "owner")
    owner = sign_in("olga")
    given = {"location": "sea", "rule": "refund_within_days", "effective_from": "2027-02-01"}
    refused = post(owner, "/manage/policies", **given, setting="45")
    assert refused.status_code == 422
    assert "give the reason" in refused.text
    assert 'value="45"' in refused.text
    assert post(owner, "/manage/policies", **given, setting="soon").status_code == 422
    old = {"effective_from": "1999-01-01", "setting": "45", "reason": "because"}
    assert post(owner, "/manage/policies", **(given | old)).status_code == 422
    assert owner.get("/manage/policies?on=1999-01-01", base_url=HTTPS).status_code == 422
    assert owner.get("/manage/policies?location=moon", base_url=HTTPS).status_code == 404
    assert policy_overrides.of_location(studios.sea.id) == []
