"""An owner makes a code, the desk sells with it, and everybody sees what it brought."""

from __future__ import annotations

import re

import sqlalchemy as sa

from billing.models import Invoice
from config.db import db
from membership.models import Pack, PackVersion, PromoCode
from tests.http.world import World

MADE = sa.select(PromoCode).where(PromoCode.code == "SPRING")
NEW = "/manage/promos/new"
TERMS = {
    "promo": "spring",
    "name": "Spring",
    "amount": "20.00",
    "scope": "all",
    "valid_from": "2026-01-01",
}


def test_an_owner_sees_what_a_code_does_makes_it_and_ends_it(world: World) -> None:
    owner = world.browser("owner")
    looked = owner.post(NEW, **TERMS, how="look")
    assert looked.status_code == 200
    assert "$20.00" in looked.text
    assert db.session.scalars(MADE).all() == []
    assert owner.post(NEW, **TERMS, how="make").status_code == 303
    twice = owner.post(NEW, **TERMS, how="make")
    assert twice.status_code == 409
    assert "There is a code of this name already" in twice.text
    both = owner.post(NEW, **{**TERMS, "promo": "BOTH", "percent": "10"}, how="make")
    assert both.status_code == 422

    listed = owner.get("/manage/promos").text
    assert "SPRING" in listed
    assert "$20.00" in listed
    assert "SPRING" in owner.get("/manage/promos.csv").text
    row, _other = owner.get("/manage/promos.json").get_json()["rows"]
    assert (row["code"], row["used"], row["off_cents"]) == ("SPRING", 0, 0)

    code = db.session.scalars(MADE).one()
    assert owner.post(f"/manage/promos/{code.id}/end").status_code == 303
    assert f"/{code.id}/end" not in owner.get("/manage/promos").text


def test_only_an_owner_makes_codes_and_the_desk_sees_them(world: World) -> None:
    for who in ("desk.sea", "manager.sea"):
        browser = world.browser(who)
        assert browser.get("/manage/promos").status_code == 200
        assert browser.get(NEW).status_code == 403
    assert world.browser("ana").get("/manage/promos").status_code == 403


def test_the_desk_shows_a_codes_price_and_sells_at_it(world: World) -> None:
    world.browser("owner").post(NEW, **TERMS, how="make")
    desk = world.browser("desk.sea")
    version = db.session.scalars(
        sa.select(PackVersion.id).join(Pack, Pack.id == PackVersion.pack_id).where(
            Pack.code == "DROP-IN"
        )
    ).first()  # fmt: skip
    path = f"/desk/members/{world.known.member_id}/sell"
    wrong = desk.get(f"{path}?pack={version}&code=SUMMER").text
    assert "We do not know this code" in wrong
    page = desk.get(f"{path}?pack={version}&code=spring").text
    assert "Less: Spring" in page
    assert "$38.62" in page, "35.00 and 3.62 of tax"
    hidden = dict(re.findall(r'name="(pack|seen|code)" value="([^"]*)"', page))
    answer = desk.post(path, **hidden, how="phone")
    assert answer.status_code == 303
    bill = db.session.scalars(sa.select(Invoice).where(Invoice.state == "draft")).one()
    assert (bill.net_cents, bill.total_cents) == (3500, 3862)


def test_a_manager_writes_a_certificate_down_and_takes_it_back(world: World) -> None:
    manager = world.browser("manager.sea")
    path = f"/desk/members/{world.known.member_id}/exempt"
    given = {"certificate": "R-77", "ground": "a church", "valid_from": "2026-01-01"}
    early = manager.post(path, **given, valid_until="2025-12-31")
    assert early.status_code == 422
    assert manager.post(path, **given).status_code == 303
    page = manager.get(path).text
    assert "R-77" in page
    version = db.session.scalars(
        sa.select(PackVersion.id).join(Pack, Pack.id == PackVersion.pack_id).where(
            Pack.code == "DROP-IN"
        )
    ).first()  # fmt: skip
    sell = f"/desk/members/{world.known.member_id}/sell?pack={version}"
    assert "exempt: R-77" in manager.get(sell).text
    (one,) = re.findall(r'name="exemption" value="([^"]*)"', page)
    assert manager.post(f"{path}/end", exemption=one).status_code == 303
    assert "exempt: R-77" not in manager.get(sell).text
    assert world.browser("desk.sea").get(path).status_code == 403
