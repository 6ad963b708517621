"""The price list: new versions for new buyers, nothing edited for those who hold one."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from config.calendar import Interval
from config.db import transaction
from config.errors import Invalid, NotFound, Refused
from config.ids import new_id
from membership.catalogue import catalog, product_versions
from membership.rules.catalog import PlanPriceTag, PlanRules
from tests.membership.shop import open_shop


def test_a_new_version_holds_from_its_date_and_the_old_one_stays_as_it_was(app: Flask) -> None:
    shop = open_shop()
    old = catalog.pack_version(shop.starter)
    with transaction():
        new = product_versions.new_pack_version(
            old.pack_id,
            sessions=4,
            window_days=12,
            first_use_days=14,
            prices={shop.seattle: 12000},
            effective_from=date(2027, 2, 1),
        )
    before = {p.code: p for p in catalog.offers(shop.seattle, date(2027, 1, 31)).packs}
    after = {p.code: p for p in catalog.offers(shop.seattle, date(2027, 2, 1)).packs}
    assert (before["STARTER-3"].pack_version_id, before["STARTER-3"].price_cents) == (old.id, 9900)
    assert (after["STARTER-3"].pack_version_id, after["STARTER-3"].price_cents) == (new.id, 12000)
    assert catalog.pack_terms(old.id, shop.seattle).sessions == 3
    # Without a price in Boise the new version is not sold there, nor any longer the old one.
    assert "STARTER-3" not in {p.code for p in catalog.offers(shop.boise, date(2027, 2, 1)).packs}
    with pytest.raises(NotFound):
        catalog.pack_terms(new.id, shop.boise)


def test_nothing_is_on_offer_before_its_first_version_begins(app: Flask) -> None:
    shop = open_shop()
    offers = catalog.offers(shop.seattle, date(2025, 12, 31))
    assert (offers.packs, offers.plans) == ((), ())


def test_plans_come_by_rank_with_their_terms(app: Flask) -> None:
    shop = open_shop()
    with transaction():
        plan = product_versions.create_plan(code="MAINT-4", name="Four a month", tier=0)
        version = product_versions.new_plan_version(
            plan.id,
            interval=Interval(1, "month"),
            allowance=4,
            rollover_cap=4,
            rollover_periods=1,
            prices={shop.seattle: PlanPriceTag(13900, 3000)},
            effective_from=date(2026, 1, 1),
        )
    plans = catalog.offers(shop.seattle, date(2027, 1, 1)).plans
    assert [p.code for p in plans] == ["MAINT-4", "MAINT-2", "UNLIMITED"]
    assert plans[0] == catalog.plan_terms(version.id, shop.seattle)
    assert (plans[0].interval, plans[0].overage_cents) == (Interval(1, "month"), 3000)
    assert plans[2].allowance is None


def test_all_that_is_wrong_with_a_version_is_named_at_once(app: Flask) -> None:
    shop = open_shop()
    pack_id = catalog.pack_version(shop.starter).pack_id
    with pytest.raises(Invalid) as invalid, transaction():
        product_versions.new_pack_version(
            pack_id,
            sessions=0,
            window_days=-1,
            first_use_days=99999,
            prices={shop.seattle: -5},
            effective_from=date(2027, 1, 1),
        )
    assert [p.field for p in invalid.value.fields] == [
        "/sessions",
        "/window_days",
        "/first_use_days",
        "/prices",
    ]
    with pytest.raises(Invalid) as invalid, transaction():
        product_versions.create_pack(code="no good", kind="tea", name="")  # type: ignore[arg-type]
    assert [p.field for p in invalid.value.fields] == ["/code", "/name", "/kind"]


def test_an_unlimited_plan_has_nothing_to_roll_over(app: Flask) -> None:
    shop = open_shop()
    with transaction():
        plan = product_versions.create_plan(code="ALL", name="All", tier=9)
    with pytest.raises(Invalid) as invalid, transaction():
        product_versions.new_plan_version(
            plan.id,
            interval=Interval(1, "month"),
            allowance=None,
            rollover_cap=2,
            rollover_periods=1,
            prices={shop.seattle: PlanPriceTag(100)},
            effective_from=date(2027, 1, 1),
        )
    assert [p.field for p in invalid.value.fields] == ["/rollover_cap"]


def test_a_code_is_given_once_and_a_price_needs_a_place(app: Flask) -> None:
    shop = open_shop()
    with pytest.raises(Refused) as refused, transaction():
        product_versions.create_pack(code="STARTER-3", kind="starter", name="Again")
    assert refused.value.code == "code_taken"
    with pytest.raises(Invalid), transaction():
        product_versions.new_pack_version(
            catalog.pack_version(shop.starter).pack_id,
            sessions=1,
            window_days=1,
            first_use_days=1,
            prices={new_id(): 100},
            effective_from=date(2027, 1, 1),
        )


def test_terms_beside_the_price_are_kept_on_the_version_and_read_back(app: Flask) -> None:
    shop = open_shop()
    further = PlanRules(
        commitment_periods=3, notice_days=10, hold_min_days=5, hold_max_days=60, roams=False
    )
    with transaction():
        plan = product_versions.create_plan(code="QUARTER", name="A quarter", tier=2)
        version = product_versions.new_plan_version(
            plan.id,
            interval=Interval(3, "month"),
            allowance=12,
            rollover_cap=0,
            rollover_periods=0,
            prices={shop.seattle: PlanPriceTag(36000, 3300, 2500, 1000)},
            effective_from=date(2027, 1, 1),
            further=further,
        )
    terms = catalog.plan_terms(version.id, shop.seattle)
    assert (terms.commitment_periods, terms.notice_days, terms.roams) == (3, 10, False)
    assert (terms.hold_min_days, terms.hold_max_days, terms.hold_fee_cents) == (5, 60, 1000)
    assert terms.joining_cents == 2500
    assert catalog.price_tags(version.id) == {shop.seattle: PlanPriceTag(36000, 3300, 2500, 1000)}
    usual = catalog.plan_terms(shop.maint_2, shop.boise)
    assert (usual.commitment_periods, usual.hold_min_days, usual.hold_max_days) == (0, 7, 90)
    assert catalog.pack_terms(shop.starter, shop.boise).roams


def test_a_hold_whose_longest_is_shorter_than_its_shortest_is_named(app: Flask) -> None:
    shop = open_shop()
    with transaction():
        plan = product_versions.create_plan(code="ODD", name="Odd", tier=3)
    with pytest.raises(Invalid) as invalid, transaction():
        product_versions.new_plan_version(
            plan.id,
            interval=Interval(1, "month"),
            allowance=2,
            rollover_cap=0,
            rollover_periods=0,
            prices={shop.seattle: PlanPriceTag(100, 0, -1)},
            effective_from=date(2027, 1, 1),
            further=PlanRules(hold_min_days=30, hold_max_days=7, commitment_periods=-1),
        )
    fields = [problem.field for problem in invalid.value.fields]
    assert fields == ["/commitment_periods", "/hold_max_days", "/joining"]
