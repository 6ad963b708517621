"""A session beyond the allowance: the price of members, owed once, where the visit is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from config.audit import SYSTEM
from config.calendar import Interval
from config.db import db, transaction
from config.doctor import Doctor
from config.errors import Invalid, Refused
from locations import tax_rates
from membership.agreements import consent_words, consents
from membership.catalogue import product_versions
from membership.invariants import doctor_credits
from membership.models import Charge, Visit
from membership.plans import membership_rows, one_offs
from membership.rules.catalog import PlanPriceTag
from membership.visits import overage, undoing
from tests.membership import plans
from tests.membership.shop import BEGIN, Shop, buy, come, join, minutes, noon, open_shop

JAN_10 = date(2027, 1, 10)


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


@pytest.fixture
def care(shop: Shop) -> UUID:
    """Two sessions a month; one more costs 35.00 in Seattle and 42.10 in Boise."""
    with transaction():
        tax_rates.begin(
            location_id=shop.seattle, product_class="plan", name="Sales tax", rate_ppm=103_500,
            effective_from=BEGIN,
        )  # fmt: skip
        plan = product_versions.create_plan(code="CARE-2", name="Care 2", tier=1)
        return product_versions.new_plan_version(
            plan.id,
            interval=Interval(1, "month"),
            allowance=2,
            rollover_cap=0,
            rollover_periods=0,
            prices={
                shop.seattle: PlanPriceTag(7900, overage_cents=3500),
                shop.boise: PlanPriceTag(7900, overage_cents=4210),
            },
            effective_from=BEGIN,
        ).id


def beyond(member_id: UUID, place: UUID, day: int, *, key: str | None = None) -> Charge:
    with transaction():
        _visit, charge = overage.take(
            member_id, location_id=place, by_account_id=None, request_key=key, now=noon(1, day)
        )
        return charge


def a_member(shop: Shop, care: UUID) -> UUID:
    """Somebody whose two sessions are used up by January 12."""
    ana = join(shop.seattle)
    plans.live(ana, care, shop.seattle, JAN_10)
    for day in (11, 12):
        come(ana, shop.seattle, noon(1, day))
    return ana


def complaints() -> list[str]:
    """What the doctor says about extra sessions."""
    visiting = Doctor()
    doctor_credits.register(visiting)
    return [text for f in visiting.examine() if f.code == "E5" for text in f.violations]


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught, transaction():
        work()
    return caught.value.code


def test_third_session_of_two_is_owed_at_3500_and_the_same_press_owes_it_once(
    shop: Shop, care: UUID
) -> None:
    ana = a_member(shop, care)
    first = beyond(ana, shop.seattle, 13, key="k")
    again = beyond(ana, shop.seattle, 13, key="k")
    assert again.id == first.id
    assert (first.net_cents, first.state, first.kind) == (3500, "due", "overage")
    assert (first.location_id, first.due_on) == (shop.seattle, date(2027, 1, 13))
    assert first.description == "Care 2, extra session on Jan 13, 2027"
    assert db.session.scalar(sa.select(sa.func.count(Visit.id))) == 3


def test_elsewhere_it_is_owed_there_at_the_price_of_that_studio(shop: Shop, care: UUID) -> None:
    charge = beyond(a_member(shop, care), shop.boise, 14)
    assert (charge.net_cents, charge.location_id) == (4210, shop.boise)


def test_a_session_that_is_left_goes_first(shop: Shop, care: UUID) -> None:
    ana = join(shop.seattle)
    plans.live(ana, care, shop.seattle, JAN_10)
    come(ana, shop.seattle, noon(1, 11))
    assert refusal(lambda: beyond_inside(ana, shop.seattle)) == "credits_left"
    come(ana, shop.seattle, noon(1, 12))
    buy(ana, shop.booster, shop.seattle, noon(1, 12))
    assert refusal(lambda: beyond_inside(ana, shop.seattle)) == "credits_left"


def beyond_inside(member_id: UUID, place: UUID) -> None:
    overage.offer(member_id, location_id=place, on=date(2027, 1, 13))


@pytest.mark.parametrize(
    ("status", "code"),
    [("grace", "in_arrears"), ("locked", "in_arrears"), ("frozen", "frozen"),
     ("pending", "not_started")],
)  # fmt: skip
def test_who_owes_or_rests_gets_none(shop: Shop, care: UUID, status: str, code: str) -> None:
    ana = a_member(shop, care)
    held = membership_rows.live_for(ana)
    assert held is not None
    with transaction():
        membership_rows.locked(held.id).status = status
    assert refusal(lambda: beyond_inside(ana, shop.seattle)) == code


def test_without_a_plan_or_a_price_or_with_a_plan_by_time_there_is_none(
    shop: Shop, care: UUID
) -> None:
    ana, ben = join(shop.seattle), join(shop.seattle, "Ben Ito")
    assert refusal(lambda: beyond_inside(ana, shop.seattle)) == "overage_for_members"
    plans.live(ana, shop.unlimited, shop.seattle, JAN_10)
    assert refusal(lambda: beyond_inside(ana, shop.seattle)) == "overage_not_needed"
    plans.live(ben, shop.maint_2, shop.seattle, JAN_10)
    for day in (11, 12):
        come(ben, shop.seattle, noon(1, day))
    assert refusal(lambda: beyond_inside(ben, shop.seattle)) == "overage_not_sold"


def test_consent_that_names_price_and_tax_covers_the_card_until_either_is_another(
    shop: Shop, care: UUID
) -> None:
    ana = a_member(shop, care)
    held = membership_rows.live_for(ana)
    assert held is not None
    with transaction():
        shown = consent_words.wording(
            plan_version_id=care, location_id=shop.seattle, pack_version_id=None, on=JAN_10
        )
        assert "costs $35.00 plus $3.62 tax, $38.62 in all" in shown.text
        given = consents.give(
            member_id=ana, plan_version_id=care, location_id=shop.seattle,
            tax_cents=shown.tax_cents, text=shown.text, text_version=shown.version,
            member_pack_id=None, now=noon(1, 10), by_account_id=None, address="203.0.113.7",
            agent="a browser",
        )  # fmt: skip
        membership_rows.locked(held.id).consent_id = given.id

    def covered(place: UUID, on: date) -> bool:
        return overage.offer(ana, location_id=place, on=on).consent_id is not None

    assert covered(shop.seattle, date(2027, 1, 13))
    assert not covered(shop.boise, date(2027, 1, 13)), "another price there"
    with transaction():
        tax_rates.begin(
            location_id=shop.seattle, product_class="plan", name="Sales tax", rate_ppm=104_500,
            effective_from=date(2027, 1, 20),
        )  # fmt: skip
    assert covered(shop.seattle, date(2027, 1, 19))
    assert not covered(shop.seattle, date(2027, 1, 20)), "another tax from that day on"
    with transaction():
        consents.mark_used(given.id, now=noon(1, 21))
    assert covered(shop.seattle, date(2027, 1, 19))


def test_check_in_taken_back_owes_nothing_any_more_unless_an_invoice_names_it(
    shop: Shop, care: UUID
) -> None:
    ana = a_member(shop, care)
    first, second = beyond(ana, shop.seattle, 13), beyond(ana, shop.seattle, 14)
    with transaction():
        undoing.undo(first.source_id, by_account_id=None, now=noon(1, 13) + minutes(5))
        undoing.undo(first.source_id, by_account_id=None, now=noon(1, 13) + minutes(6))
        one_offs.locked(second.id).state = "invoiced"
    assert db.session.get_one(Charge, first.id, populate_existing=True).state == "dropped"
    assert complaints() == []
    with transaction():
        one_offs.locked(first.id).state = "invoiced"
    assert len(complaints()) == 1, "the doctor looks whether the visit still stands"
    later = noon(1, 14) + minutes(5)
    code = refusal(lambda: undoing.undo(second.source_id, by_account_id=None, now=later))
    assert code == "charge_invoiced"
    assert db.session.get_one(Visit, second.source_id, populate_existing=True).undone_at is None


def test_manager_takes_a_visit_back_days_later_with_a_reason(shop: Shop, care: UUID) -> None:
    ana = join(shop.seattle)
    plans.live(ana, care, shop.seattle, JAN_10)
    visit = come(ana, shop.seattle, noon(1, 11))
    late = noon(1, 25)
    with pytest.raises(Invalid), transaction():
        undoing.undo_later(visit.id, reason=" ", by=SYSTEM, now=late)
    assert refusal(lambda: undoing.undo(visit.id, by_account_id=None, now=late)) == "undo_too_late"
    for _ in range(2):
        with transaction():
            undoing.undo_later(visit.id, reason="the chamber was down", by=SYSTEM, now=late)
    with transaction():
        assert undoing.undo_later(visit.id, reason="x", by=SYSTEM, now=late).undone_at == late
    other = come(ana, shop.seattle, noon(1, 26))
    gone = noon(2, 20)
    code = refusal(lambda: undoing.undo_later(other.id, reason="why", by=SYSTEM, now=gone))
    assert code == "extend_first"
