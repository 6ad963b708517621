"""The pages of a starter's phase and of two records of one person: preview first, then the act."""

from __future__ import annotations

import re
from datetime import date, timedelta

import sqlalchemy as sa

from billing import day
from config.audit import Actor
from config.db import db, run_txn
from locations import places
from membership.journey import starters
from membership.models import Member, MemberMerge, MemberPack, StarterOverride
from tests.http.world import World


def pack_of(world: World) -> MemberPack:
    """Ana's starter."""
    query = sa.select(MemberPack).where(MemberPack.member_id == world.known.member_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def later(world: World, days: int) -> None:
    """Let days pass, with the jobs of Seattle on each."""
    clock = world.app.extensions["taper.clock"]
    for _ in range(days):
        clock.set(clock.now() + timedelta(days=1))
        day.work(places.find("sea").id)


def card(world: World, path: str) -> str:
    return f"/desk/members/{world.known.member_id}/{path}"


def test_a_member_sees_what_one_more_session_costs_and_is_led_to_the_card_page(
    world: World,
) -> None:
    ana = world.browser("ana")
    assert "/extension" in ana.get("/").text
    page = ana.get("/extension").text
    for amount in ("$33.00", "$3.42", "$36.42", "January 13, 2027"):
        assert amount in page
    answer = ana.post("/extension")
    assert answer.status_code == 303
    assert "/checkout/" in answer.headers["Location"]
    bob = world.browser("bob")  # who has not opened his starter yet
    assert "no intensive phase" in bob.get("/extension").text
    assert bob.post("/extension").status_code == 409


def test_a_member_ends_their_phase_with_one_button_and_keeps_the_sessions(world: World) -> None:
    ana = world.browser("ana")
    assert "It goes on until January 13, 2027" in ana.get("/").text
    assert ana.post("/starter/done").status_code == 303
    assert pack_of(world).done_on == date(2027, 1, 4)
    home = ana.get("/").text
    assert "Your intensive phase" not in home
    assert ">2</span> of 3 sessions left" in home
    assert ana.post("/starter/done").status_code == 409


def test_a_member_who_has_not_come_for_days_reads_it_on_their_page(world: World) -> None:
    ana = world.browser("ana")
    assert "since your last session" not in ana.get("/").text
    later(world, 3)
    assert "3 days since your last session. 2 sessions left for 7 days" in ana.get("/").text
    later(world, 6)
    assert "1 can no longer be used in time" in ana.get("/").text


def test_the_desk_writes_down_that_somebody_has_had_enough(world: World) -> None:
    desk = world.browser("desk.sea")
    assert "instead of on January 14, 2027" in desk.get(card(world, "done")).text
    answer = desk.post(card(world, "done"), pack_id=str(pack_of(world).id), location="sea")
    assert answer.status_code == 303
    assert pack_of(world).phase_end == date(2027, 1, 4)


def test_a_manager_sees_what_more_days_do_before_they_are_given(world: World) -> None:
    later(world, 11)
    assert pack_of(world).state == "expired"
    manager = world.browser("manager.sea")
    form = {"pack_id": str(pack_of(world).id), "days": "3", "reason": "was ill"}
    page = manager.post(card(world, "extend"), **form)
    assert page.status_code == 200
    for told in ("January 14, 2027", "January 17, 2027", "2, worth $66.00", "was ill"):
        assert told in page.text
    assert pack_of(world).state == "expired"
    sent = {name: _hidden(page.text, name) for name in ("pack_id", "days", "reason", "sure")}
    answer = manager.post(card(world, "extend"), **sent)
    assert answer.status_code == 303
    assert (pack_of(world).state, pack_of(world).window_end) == ("open", date(2027, 1, 17))


def test_what_was_typed_stays_and_the_wrong_field_is_named(world: World) -> None:
    manager = world.browser("manager.sea")
    form = {"pack_id": str(pack_of(world).id), "days": "99", "reason": "was ill"}
    page = manager.post(card(world, "extend"), **form)
    assert page.status_code == 422
    assert 'value="was ill"' in page.text
    wrong = re.search(r'<input[^>]*name="days"[^>]*>', page.text)
    assert wrong is not None
    assert 'aria-invalid="true"' in wrong[0]
    assert manager.post(card(world, "starter-again"), reason="").status_code == 422


def test_leave_for_one_more_is_reported_to_managers_of_its_studio_alone(world: World) -> None:
    manager = world.browser("manager.sea")
    answer = manager.post(card(world, "starter-again"), reason="=moved back", location="sea")
    assert answer.status_code == 303
    assert manager.post(card(world, "starter-again"), reason="again").status_code == 409
    (leave,) = db.session.scalars(sa.select(StarterOverride)).all()
    assert leave.reason == "=moved back"
    report = manager.get("/manage/starters").text
    assert "=moved back" in report
    assert "Manager.Sea" in report
    rows = manager.get("/manage/starters.csv").text.splitlines()
    assert len(rows) == 2
    assert ",'=moved back," in rows[1], "a spreadsheet runs nothing"
    for elsewhere in ("/manage/starters", "/manage/starters.csv"):
        assert "moved back" not in world.browser("manager.boi").get(elsewhere).text
    assert world.browser("desk.sea").get("/manage/starters").status_code == 403


def test_the_owner_makes_one_record_of_two_after_reading_what_moves(world: World) -> None:
    owner = world.browser("owner")
    form = {"other": " BOB@example.com ", "reason": "showed his passport"}
    db.session.rollback()
    page = owner.post(card(world, "merge"), **form)
    assert page.status_code == 422, "an address that was never Bob's own names nobody"
    bob = db.session.scalars(sa.select(Member).where(Member.name == "Bob Ito")).one()
    page = owner.post(card(world, "merge"), **(form | {"other": bob.email.upper()}))
    assert page.status_code == 200
    assert "Bob Ito" in page.text
    assert db.session.scalars(sa.select(MemberMerge)).all() == []
    sent = {name: _hidden(page.text, name) for name in ("other", "reason", "sure")}
    assert owner.post(card(world, "merge"), **sent).status_code == 303
    (merged,) = db.session.scalars(sa.select(MemberMerge)).all()
    assert (merged.kept_id, merged.merged_id) == (world.known.member_id, bob.id)
    assert "Hi Ana" in world.browser("bob").get("/").text


def test_a_manager_merges_nobody_of_another_studio(world: World) -> None:
    bob = db.session.scalars(sa.select(Member).where(Member.name == "Bob Ito")).one()
    manager = world.browser("manager.sea")
    page = manager.post(card(world, "merge"), other=bob.email, reason="the same face")
    assert page.status_code == 422
    assert "Bob Ito" not in page.text
    assert db.session.scalars(sa.select(MemberMerge)).all() == []


def test_a_leave_for_another_studio_is_not_used_here(world: World) -> None:
    boi, now = places.find("boi"), world.app.extensions["taper.clock"].now()
    run_txn(
        lambda: starters.allow_again(
            world.known.member_id,
            location_id=boi.id,
            reason="moved",
            by=Actor(None, "owner"),
            now=now,
        )
    )
    here = run_txn(
        lambda: starters.leave_for(world.known.member_id, location_id=places.find("sea").id)
    )
    assert here is None


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]
