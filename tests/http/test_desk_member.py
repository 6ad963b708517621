"""A member's card at the desk, and paying a sale of the desk on one's own phone."""

from __future__ import annotations

import re
from html import unescape

import sqlalchemy as sa

from billing.models import Invoice
from config.db import db
from membership.models import CreditGrant, MemberNote
from tests.http.world import NAME, Browser, World


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def card_of(world: World) -> str:
    return f"/desk/members/{world.known.member_id}"


def test_card_is_found_from_the_search_and_names_what_a_desk_needs(world: World) -> None:
    desk = world.browser("desk.sea")
    listed = desk.get("/desk?q=ana").text
    assert card_of(world) in listed
    page = desk.get(card_of(world)).text
    for part in (NAME, "Cleared", "What is used first", "More sessions", "Latest visits",
                 "Nothing about health"):  # fmt: skip
        assert part in page, part
    assert "Give sessions for free" not in page, "that is for managers"
    assert "Give sessions for free" in world.browser("manager.sea").get(card_of(world)).text


def test_note_is_kept_shown_again_where_it_is_too_long_and_taken_away(world: World) -> None:
    desk = world.browser("desk.sea")
    note = f"{card_of(world)}/note"
    assert desk.post(note, text="Prefers <b>mornings</b>").status_code == 303
    assert "Prefers &lt;b&gt;mornings&lt;/b&gt;" in desk.get(card_of(world)).text
    long = desk.post(note, text="x" * 501)
    assert long.status_code == 422
    assert "x" * 501 in long.text
    assert "At most 500" in long.text
    assert desk.post(note).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MemberNote)) == 0
    db.session.rollback()


def test_card_number_in_a_note_is_refused(world: World) -> None:
    answer = world.browser("desk.sea").post(f"{card_of(world)}/note", text="4242 4242 4242 4242")
    assert answer.status_code == 422


def test_manager_gives_two_sessions_and_the_form_keeps_what_was_typed(world: World) -> None:
    manager = world.browser("manager.sea")
    page = f"{card_of(world)}/comp"
    key = field(manager.get(page).text, "key")
    wrong = manager.post(page, sessions="99", reason="sorry for the wait", key=key)
    assert wrong.status_code == 422
    assert "sorry for the wait" in wrong.text
    assert manager.post(page, sessions="5", reason="sorry", key=key).status_code == 409
    assert manager.post(page, sessions="2", reason="sorry", key=key).status_code == 303
    found = db.session.scalars(
        sa.select(CreditGrant.quantity).where(CreditGrant.source_type == "comp")
    )
    assert found.all() == [2]
    db.session.rollback()
    assert "sorry" in world.browser("ana").get("/visits").text


def sell_link(desk: Browser, world: World, name: str) -> str:
    page = desk.get(card_of(world)).text
    found = re.search(rf'href="([^"]+/sell[^"]*)">Sell<span[^>]*> {re.escape(name)}<', page)
    assert found, f"no link that sells {name}"
    return unescape(found[1])


def test_drop_in_is_paid_on_a_phone_that_is_not_signed_in_and_learns_no_name(
    world: World,
) -> None:
    desk, phone = world.browser("desk.sea"), world.browser("nobody")
    offer = desk.get(sell_link(desk, world, "Drop in"))
    assert "$60.69" in offer.text, "55.00 with 10.35 %"
    assert 'value="card"' not in offer.text, "no consent covers the card"
    sold = desk.post(
        f"{card_of(world)}/sell", pack=field(offer.text, "pack"), seen=field(offer.text, "seen"),
        how="phone",
    )  # fmt: skip
    assert sold.status_code == 303
    code = desk.get(sold.headers["Location"]).text
    link = re.search(r"/phone/[A-Za-z0-9_.-]+", code)
    assert link, "the code names an address"
    page = phone.get(link[0])
    assert page.status_code == 200
    assert "$60.69" in page.text
    for told in (NAME, "ana@example.com", "member", str(world.known.member_id)):
        assert told not in re.sub(r"<[^>]*>", "", page.text), told
    away = phone.post(link[0])
    assert away.status_code == 303
    assert "checkout" in away.headers["Location"] or away.headers["Location"].startswith("http")
    assert phone.get(link[0] + "x").status_code == 404
    drafts = sa.select(sa.func.count(Invoice.id)).where(Invoice.state == "draft")
    assert db.session.scalar(drafts) == 1
    db.session.rollback()
