"""The owner's catalogue, price rises and recurring revenue, as browsers see them."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from config.db import db
from membership.models import Pack, Plan, PlanPrice, PlanVersion, PriceRise, PriceRiseHolder
from tests.http.world import Browser, World

BOOSTER = {
    "effective_from": "2027-02-01",
    "sessions": "3",
    "window_days": "14",
    "first_use_days": "30",
    "roams": "yes",
}
PLAN = {
    "effective_from": "2027-02-01",
    "interval_count": "1",
    "interval_unit": "month",
    "allowance": "6",
    "rollover_cap": "6",
    "rollover_periods": "1",
    "commitment_periods": "3",
    "notice_days": "10",
    "hold_min_days": "7",
    "hold_max_days": "60",
    "roams": "no",
}


def address(world: World, code: str) -> str:
    pack = db.session.scalar(sa.select(Pack.id).where(Pack.code == code))
    if pack is not None:
        return f"/manage/catalogue/packs/{pack}"
    plan = db.session.scalars(sa.select(Plan.id).where(Plan.code == code)).one()
    return f"/manage/catalogue/plans/{plan}"


def newest(code: str) -> PlanVersion:
    db.session.rollback()
    query = sa.select(PlanVersion).join(Plan).where(Plan.code == code)
    return db.session.scalars(query.order_by(PlanVersion.n.desc())).first() or PlanVersion()


def test_owner_sells_a_booster_at_120_dollars_and_is_warned_not_refused(world: World) -> None:
    owner = world.browser("owner")
    path = address(world, "BOOSTER-3")
    answer = owner.post(path, **BOOSTER, **{"price-sea": "120.00", "price-tac": "90.00"})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    page = owner.get(path).text
    assert "BOOSTER-3 costs $15.00 more than as many single sessions on MAINT-2." in page
    assert "BOOSTER-3 costs $30.00 more than as many single sessions on MAINT-4." in page
    assert "$120.00" in page
    assert "$30.00 more" in owner.get("/manage/catalogue").text
    assert "not sold" in page  # nobody typed a price for Boise


def test_new_plan_is_kept_with_every_term_and_shown_with_its_versions(world: World) -> None:
    owner = world.browser("owner")
    made = owner.post(
        "/manage/catalogue/plans/new",
        product="MAINT-6",
        name="Six a month",
        tier="3",
        **PLAN,
        **{"price-sea": "169.00", "overage-sea": "28", "joining-sea": "25.50", "hold-sea": "10"},
    )
    assert made.status_code == 303, made.text
    version = newest("MAINT-6")
    assert (version.commitment_periods, version.notice_days, version.roams) == (3, 10, False)
    (price,) = db.session.scalars(
        sa.select(PlanPrice).where(PlanPrice.plan_version_id == version.id)
    )
    assert (price.price_cents, price.overage_cents) == (16900, 2800)
    assert (price.joining_cents, price.hold_fee_cents) == (2550, 1000)
    page = owner.get(made.headers["Location"]).text
    assert "3 periods" in page
    assert "7 to 60 days" in page
    assert 'value="169.00"' in page  # the next version's form begins with these terms
    again = owner.post(made.headers["Location"], **PLAN | {"allowance": ""}, **{"price-sea": "1"})
    assert again.status_code == 422  # an unlimited plan has nothing to roll over
    assert "nothing to roll over" in again.text
    twice = owner.post(
        "/manage/catalogue/plans/new", product="MAINT-6", name="Six", tier="3", **PLAN,
        **{"price-sea": "169.00"},
    )  # fmt: skip
    assert twice.status_code == 409
    assert "already is a product" in twice.text


def test_wrong_input_names_its_field_and_keeps_what_was_typed(world: World) -> None:
    owner = world.browser("owner")
    answer = owner.post(
        "/manage/catalogue/packs/new",
        product="no good",
        name="Trial",
        kind="drop_in",
        **BOOSTER | {"sessions": "many"},
        **{"price-sea": "ten"},
    )
    assert answer.status_code == 422
    for said in ('id="sessions-problem"', 'id="price-sea-problem"', 'value="no good"', "Trial"):
        assert said in answer.text
    wrong = owner.post(
        "/manage/catalogue/packs/new", product="no good", name="Trial", kind="drop_in", **BOOSTER,
        **{"price-sea": "10"},
    )  # fmt: skip
    assert 'id="product-problem"' in wrong.text
    none = owner.post(address(world, "BOOSTER-3"), **BOOSTER)
    assert none.status_code == 422
    assert "a price at one studio at least" in none.text


def test_manager_looks_at_the_catalogue_and_finds_no_button(world: World) -> None:
    manager = world.browser("manager.sea")
    page = manager.get(address(world, "MAINT-2"))
    assert page.status_code == 200
    assert "New version" not in page.text
    assert manager.get("/manage/catalogue/plans/new").status_code == 403


def test_price_rise_is_looked_at_announced_and_called_off(world: World) -> None:
    owner = world.browser("owner")
    plan_id = str(db.session.scalars(sa.select(Plan.id).where(Plan.code == "MAINT-2")).one())
    asked = {"plan": plan_id, "location": "sea", "effective_from": "2027-06-01"}
    nobody = owner.post("/manage/rises/new", **asked, price="85.00", reason="Rent")
    assert nobody.status_code == 422  # nobody holds it yet
    assert "Nobody holds this plan here for less." in nobody.text
    soon = asked | {"effective_from": "2027-01-10"}
    too_soon = owner.post("/manage/rises/new", **soon, price="85.00", reason="Rent")
    assert 'id="effective_from-problem"' in too_soon.text
    path = f"/manage/rises/{world.known.ids['rise_id']}"
    assert "Announce it to 0 holders" in owner.get(path).text
    assert "Announce" not in world.browser("manager.sea").get(path).text
    assert owner.post(f"{path}/announce").status_code == 303
    assert owner.post(f"{path}/call-off").status_code == 303
    db.session.rollback()
    assert db.session.scalars(sa.select(PriceRise.state)).all() == ["called_off"]
    assert db.session.scalars(sa.select(PriceRiseHolder.id)).all() == []
    assert newest("MAINT-2").effective_from == date(2027, 6, 1)
    refused = owner.post(f"{path}/announce")
    assert refused.status_code == 409
    assert "was called off" in refused.text


def test_member_agrees_beforehand_only_with_the_box_ticked(world: World) -> None:
    ana = world.browser("ana")
    assert ana.get("/plan/step-down").status_code == 404  # no plan yet
    assert ana.get("/plan/price").status_code == 404


def test_recurring_revenue_is_a_page_and_a_file_with_the_months_in_the_address(
    world: World,
) -> None:
    manager = world.browser("manager.sea")
    page = manager.get("/manage/mrr?from=2027-01&to=2027-03")
    assert page.status_code == 200
    assert "Seattle" in page.text
    assert "Boise" not in page.text
    sheet = manager.get("/manage/mrr.csv?from=2027-01&to=2027-01").text
    assert sheet.splitlines()[1] == "2027-01,Seattle" + ",0.00" * 11
    assert manager.get("/manage/mrr?location=boi").status_code == 404
    assert manager.get("/manage/mrr?from=2027-13").status_code == 422
    assert manager.get("/manage/mrr?from=2027-05&to=2027-01").status_code == 422


def test_link_that_was_made_up_opens_nothing(world: World) -> None:
    stranger: Browser = world.browser("nobody")
    assert stranger.get("/plan/stay/made-up").status_code == 404
    assert stranger.post("/plan/stay/made-up").status_code == 404
