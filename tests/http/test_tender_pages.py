"""The till, the counter, gift cards and credit as people use them in a browser."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import sqlalchemy as sa

from billing.models import GiftCard, Invoice, Payment, TillSession
from config.db import db
from config.ids import new_id
from tests.http.test_desk_member import card_of, field
from tests.http.world import Browser, World


def opened(world: World, cents: str = "50.00") -> Browser:
    desk = world.browser("desk.sea")
    answer = desk.post("/desk/till/open", location="sea", counted=cents)
    assert answer.status_code == 303, answer.text
    return desk


def pack_of(desk: Browser, world: World) -> tuple[str, str]:
    """The address and fields of selling the first pack on Ana's card."""
    found = re.search(rf'href="({card_of(world)}/sell\?[^"]*)"', desk.get(card_of(world)).text)
    assert found
    page = desk.get(found[1].replace("&amp;", "&")).text
    return field(page, "pack"), field(page, "seen")


def test_a_drawer_is_opened_sold_from_and_closed_with_its_report(world: World) -> None:
    desk = opened(world)
    assert desk.post("/desk/till/open", location="sea", counted="1.00").status_code == 409
    pack, seen = pack_of(desk, world)
    sold = desk.post(
        f"{card_of(world)}/sell", location="sea", pack=pack, seen=seen, how="cash", given="500.00"
    )
    assert sold.status_code == 303, sold.text
    assert "Give back" in desk.get(card_of(world)).text
    twice = desk.post(f"{card_of(world)}/sell", location="sea", pack=pack, seen=seen, how="cash")
    assert twice.status_code == 303
    paid = db.session.scalars(sa.select(Payment).where(Payment.tender == "cash")).one()
    cents = paid.amount_cents
    db.session.rollback()
    moved = {"location": "sea", "kind": "deposit", "amount": "20.00", "reason": "to the bank"}
    key = field(desk.get("/desk/till?location=sea").text, "key")
    for _ in range(2):  # a second click
        assert desk.post("/desk/till/move", key=key, **moved).status_code == 303
    more = moved | {"amount": "9999.00", "key": str(new_id())}
    assert desk.post("/desk/till/move", **more).status_code == 409
    assert "Cash" in desk.get("/desk/till?location=sea").text
    counted = f"{(5000 + cents - 2000) / 100:.2f}"
    closed = desk.post("/desk/till/close", location="sea", counted=counted, slips="0.00")
    assert closed.status_code == 303
    assert "the count is right" in desk.get("/desk/till?location=sea").text
    assert db.session.scalars(sa.select(TillSession.counted_cents)).all() == [3000 + cents]
    db.session.rollback()


def test_a_drawer_that_is_short_is_told_so_though_the_terminal_is_over(world: World) -> None:
    desk = opened(world)
    closed = {"location": "sea", "counted": "45.00", "slips": "5.00"}
    assert desk.post("/desk/till/close", **closed).status_code == 303
    told = desk.get("/desk/till?location=sea").text
    assert "the drawer is $5.00 short, the terminal is $5.00 over" in told


def test_a_terminal_that_gave_back_more_than_it_took_has_a_total_below_nothing(
    world: World,
) -> None:
    desk = opened(world)
    for odd in ("--5.00", "-", "- 5", "-1e3"):
        wrong = {"location": "sea", "counted": "50.00", "slips": odd}
        assert desk.post("/desk/till/close", **wrong).status_code == 422
    assert desk.post("/desk/till/close", **wrong | {"slips": "-5.00"}).status_code == 303
    assert db.session.scalars(sa.select(TillSession.terminal_cents)).all() == [-500]
    db.session.rollback()


def test_every_number_of_a_day_leads_to_its_parts_and_these_to_their_postings(
    world: World,
) -> None:
    desk = opened(world)
    pack, seen = pack_of(desk, world)
    sale = {"location": "sea", "pack": pack, "seen": seen, "how": "cash", "given": "500.00"}
    assert desk.post(f"{card_of(world)}/sell", **sale).status_code == 303
    moved = {"location": "sea", "kind": "deposit", "amount": "20.00", "reason": "to the bank"}
    key = field(desk.get("/desk/till?location=sea").text, "key")
    assert desk.post("/desk/till/move", key=key, **moved).status_code == 303
    manager = world.browser("manager.sea")
    day = manager.get("/manage/tills?location=sea").text
    links = [unescape(one) for one in re.findall(r'href="(/manage/day-parts[^"]+)"', day)]
    sections = {one.partition("section=")[2].partition("&")[0] for one in links}
    assert sections == {"taken", "sold", "till"}
    drawer = next(one for one in links if "section=till" in one)
    parts = manager.get(drawer.replace("day-parts", "day-parts.json")).get_json()["rows"]
    in_cash = sa.select(Payment.amount_cents).where(Payment.tender == "cash")
    paid = db.session.scalars(in_cash).one()
    db.session.rollback()
    assert [row["total_cents"] for row in parts] == [5000, paid, -2000]
    for one in links:
        page = manager.get(one).text
        for onward in re.findall(r'href="(/manage/postings[^"]+)"', page):
            assert manager.get(unescape(onward)).status_code == 200
    of_day = manager.get("/manage/tills.json?location=sea").get_json()["rows"]
    products = {row["item"]: row["total_cents"] for row in of_day if row["section"] == "Sold"}
    assert products
    for product, cents in products.items():
        (sold,) = {one for one in links if "section=sold" in one and f"item={product}" in one}
        found = manager.get(sold.replace("day-parts", "day-parts.json")).get_json()
        assert found["totals"]["total_cents"] == cents
        assert all(r["net_cents"] + r["tax_cents"] == r["total_cents"] for r in found["rows"])
    assert manager.get(sold.replace("section=sold", "section=lost")).status_code == 422
    assert manager.get(sold.replace("location=sea", "location=boi")).status_code == 404
    assert desk.get(sold).status_code == 403


def test_the_end_of_a_day_has_the_same_cents_on_its_page_in_its_file_and_document(
    world: World,
) -> None:
    desk = opened(world)
    pack, seen = pack_of(desk, world)
    desk.post(f"{card_of(world)}/sell", location="sea", pack=pack, seen=seen, how="terminal")
    manager = world.browser("manager.sea")
    page = manager.get("/manage/tills?location=sea").text
    document = manager.get("/manage/tills.json?location=sea").get_json()
    rows = list(csv.DictReader(io.StringIO(manager.get("/manage/tills.csv?location=sea").text)))
    assert [(row["section"], row["item"]) for row in rows] == [
        (row["section"], row["item"]) for row in document["rows"]
    ]
    assert [round(float(row["total"]) * 100) for row in rows] == [
        row["total_cents"] for row in document["rows"]
    ]
    taken = {
        row["item"]: row["total_cents"] for row in document["rows"] if row["section"] == "Taken"
    }
    assert set(taken) == {"Card", "Terminal"}
    assert f"{taken['Terminal'] / 100:.2f}" in page
    assert manager.get("/manage/tills?location=boi").status_code == 404
    assert desk.get("/manage/tills?location=sea").status_code == 403
    assert manager.get("/manage/tills?on=2027-13-01").status_code == 422


def test_a_gift_card_is_sold_shown_once_looked_up_and_pays_what_is_bought(world: World) -> None:
    desk = opened(world)
    page = f"{card_of(world)}/gift-card"
    here = {"location": "sea", "key": field(desk.get(f"{page}?location=sea").text, "key")}
    small = desk.post(page, amount="1.00", how="cash", **here)
    assert small.status_code == 409
    typed = here | {"amount": "300.00", "how": "terminal", "recipient_name": "Ben"}
    sold = desk.post(page, **typed)
    assert sold.status_code == 200
    assert sold.headers["Cache-Control"] == "no-store"
    found = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", sold.text)
    assert found
    again = desk.post(page, **typed)  # a reload of that page
    assert (again.status_code, "sold already" in again.text) == (409, True)
    assert found[0] not in again.text
    code = found[0]
    seen_page = desk.post("/desk/gift-card", location="sea", gift_code=code.lower())
    assert "$300.00" in seen_page.text
    wrong = desk.post("/desk/gift-card", location="sea", gift_code="0000-0000-0000-0000")
    assert wrong.status_code == 409
    assert "not known" in wrong.text
    assert "0000-0000" not in wrong.text
    assert desk.post("/desk/gift-card/cash", location="sea", gift_code=code).status_code == 409
    pack, seen = pack_of(desk, world)
    bought = desk.post(
        f"{card_of(world)}/sell", location="sea", pack=pack, seen=seen, how="gift_card",
        gift_code=code,
    )  # fmt: skip
    assert bought.status_code == 303
    left = db.session.scalars(sa.select(GiftCard.balance_cents)).one()
    db.session.rollback()
    ana = world.browser("ana")
    assert f"${left / 100:.2f}" in ana.post("/gift-card", gift_code=code).text


def test_a_manager_gives_credit_within_a_limit_and_the_member_sees_why(world: World) -> None:
    manager = world.browser("manager.sea")
    page = f"{card_of(world)}/credit"
    key = field(manager.get(page).text, "key")
    assert manager.post(page, amount="9000.00", reason="sorry", key=key).status_code == 409
    assert manager.post(page, amount="12.50", key=key).status_code == 422
    told = {"amount": "12.50", "reason": "The chamber broke", "key": key}
    assert manager.post(page, **told).status_code == 303
    seen = world.browser("ana").get("/credit").text
    assert "The chamber broke" in seen
    assert "$12.50" in seen
    owner = world.browser("owner")
    more = {"amount": "900.00", "reason": "sorry", "key": field(owner.get(page).text, "key")}
    assert owner.post(page, **more).status_code == 303
    assert "The chamber broke" not in world.browser("bob").get("/credit").text


def test_credit_of_a_month_is_within_the_limit_in_all_and_not_each_time(world: World) -> None:
    manager = world.browser("manager.sea")
    page = f"{card_of(world)}/credit"
    assert "up to $200.00 alone" in manager.get(page).text
    given = {"amount": "150.00", "reason": "The chamber broke", "key": str(new_id())}
    for _ in range(2):  # a second click gives nothing more
        assert manager.post(page, **given).status_code == 303
    for amount, status in (("50.01", 409), ("50.00", 303), ("0.01", 409)):
        more = {"amount": amount, "reason": "again", "key": str(new_id())}
        assert manager.post(page, **more).status_code == status


def test_a_member_buys_a_gift_card_and_is_led_to_the_card_page(world: World) -> None:
    ana = world.browser("ana")
    assert "Over how much" in ana.get("/gift-card/buy").text
    assert ana.post("/gift-card/buy", amount="0.50").status_code == 409
    assert ana.post("/gift-card/buy", amount="abc").status_code == 422
    answer = ana.post("/gift-card/buy", amount="50.00", recipient_email="ben@example.com")
    assert answer.status_code == 303
    assert "/c/pay/" in answer.headers["Location"] or "checkout" in answer.headers["Location"]
    draft = db.session.scalars(sa.select(Invoice).where(Invoice.reason == "gift_card")).one()
    assert (draft.state, draft.tax_cents, draft.total_cents) == ("draft", 0, 5000)
    left = ana.get(f"/checkout/left/{draft.id}")
    assert left.headers["Location"].endswith("/credit")
    db.session.rollback()
