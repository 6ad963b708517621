"""Story 14, at the desk: no session is left, and what the cheapest way to more of them is."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from billing.models import Invoice
from billing.sales import desk_extras, desk_options, desk_sales, desk_undo, phone
from billing.sales.desk_options import Options
from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from config.errors import NotFound, Refused
from config.models import AuditEntry
from locations import places
from membership.catalogue import catalog, product_versions
from membership.models import Charge, CreditGrant, MemberPack, Visit
from membership.plans import membership_rows, plan_overview
from membership.visits import visits
from tests.support.story import Person, Story
from tests.support.story_facts import bills, booked, complaints, plans, taken

DESK = Actor(None, "Dee at the desk")


def options(story: Story, who: Person, at: str = "sea") -> Options:
    place = story.place(at)
    on = story.today(at)
    standing = visits.preview(who.member_id, location_id=place.id, on=on)
    return desk_options.of_member(who.member_id, standing, place=place, on=on, now=time_of.now())


def used_up(story: Story, who: Person, *days: str) -> None:
    for day in days:
        story.live(f"{day} 12:00", who.home)
        story.come(who)


def a_member(story: Story) -> Person:
    """MAINT-2 at Seattle from January 31, both of February's sessions used by the 20th."""
    story.go("2027-01-31 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    used_up(story, ana, "2027-02-03", "2027-02-04")
    story.live("2027-02-20 12:00")
    return ana


def test_on_february_20_three_sessions_cost_11586_or_a_booster_9932_and_the_plan_stays(
    story: Story,
) -> None:
    ana = a_member(story)
    found = options(story, ana)
    assert found.comparison is not None
    assert found.comparison.overage_cents == 11586
    assert found.comparison.booster_cents == 9932
    assert found.comparison.saves_cents == 1654
    assert found.comparison.booster_is_cheaper
    before = plan_overview.plan(ana.member_id, on=story.today("sea"))

    sold = _booster_by_card(story, ana)
    assert sold.came == "paid"
    assert taken(story) == [8718, 9932]
    assert plan_overview.plan(ana.member_id, on=story.today("sea")) == before
    assert visits.preview(
        ana.member_id, location_id=story.place("sea").id, on=story.today("sea")
    ).allowed
    assert complaints(story) == []


def _booster_by_card(story: Story, who: Person) -> desk_sales.Sold:
    booster = next(o for o in options(story, who, who.home).packs if o.terms.kind == "booster")
    return desk_sales.pack_by_card(
        who.member_id,
        pack_version_id=booster.terms.pack_version_id,
        place=story.place(who.home),
        packs_seen=desk_sales.packs_of(who.member_id),
        by=DESK,
    )


def test_booster_pressed_twice_is_sold_once_and_who_pressed_is_written_down(story: Story) -> None:
    ana = a_member(story)
    seen = desk_sales.packs_of(ana.member_id)
    booster = next(o for o in options(story, ana).packs if o.terms.kind == "booster")

    def press() -> desk_sales.Sold:
        return desk_sales.pack_by_card(
            ana.member_id,
            pack_version_id=booster.terms.pack_version_id,
            place=story.place("sea"),
            packs_seen=seen,
            by=DESK,
        )

    press()
    with pytest.raises(Refused) as caught:
        press()
    assert caught.value.code == "sold_meanwhile"
    assert taken(story) == [8718, 9932]
    facts = db.session.scalars(
        sa.select(AuditEntry.facts).where(AuditEntry.action == "desk.sold")
    ).one()
    assert (facts["way"], facts["total_cents"]) == ("card", 9932)


def test_declined_card_sells_no_booster_and_leaves_no_draft_and_no_number(story: Story) -> None:
    ana = a_member(story)
    story.bank_says(ana, {"outcome": "insufficient_funds", "times": 1})
    sold = _booster_by_card(story, ana)
    assert sold.came == "declined"
    states = sa.select(MemberPack.state).where(MemberPack.member_id == ana.member_id)
    assert db.session.scalars(states).all() == ["cancelled"]
    assert [bill.total_cents for bill in bills(ana)] == [8718]
    assert _booster_by_card(story, ana).came == "paid", "and it can be sold again"
    assert complaints(story) == []


def test_extra_session_with_the_saved_card_is_overage_where_it_is_given(story: Story) -> None:
    ana = a_member(story)
    sold = _extra_by_card(story, ana, "k1")
    again = _extra_by_card(story, ana, "k1")
    assert (sold.came, again.invoice_id) == ("paid", sold.invoice_id)
    assert taken(story) == [8718, 3862]
    assert booked(story, "overage", "sea", on=date(2027, 2, 20)) == 3500
    (_first, extra) = bills(ana)
    assert (extra.reason, extra.net_cents, extra.tax_cents) == ("charge", 3500, 362)
    assert extra.consent_id == plans(ana)[0].consent_id
    assert complaints(story) == []


def _extra_by_card(story: Story, who: Person, key: str, at: str = "sea") -> desk_sales.Sold:
    return desk_extras.by_card(who.member_id, place=story.place(at), request_key=key, by=DESK)


def test_at_another_studio_the_tax_is_another_so_the_card_is_not_covered_but_the_phone_pays(
    story: Story,
) -> None:
    ana = a_member(story)
    story.live("2027-02-20 13:00", "tac")
    with pytest.raises(Refused) as caught:
        _extra_by_card(story, ana, "k", "tac")
    assert caught.value.code == "not_covered"
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 0
    invoice_id = desk_extras.by_phone(
        ana.member_id, place=story.place("tac"), request_key="k", by=DESK
    )
    story.live("2027-02-20 13:10", "tac")
    assert taken(story) == [8718], "nobody charges the card behind the member's back"

    token = phone.link(invoice_id).rpartition("/")[2]
    shown = phone.sale(token, now=time_of.now())
    assert (shown.net_cents, shown.tax_cents, shown.total_cents) == (3500, 361, 3861)
    page = phone.open_page(token)
    assert phone.open_page(token) == page, "the same page, however often"
    session_id = page.rpartition("/")[2]
    story.stripe.control("POST", f"checkout/{session_id}/pay", {"token": "pm_card_visa"})
    assert phone.came_back(token, session_id).state == "paid"
    with pytest.raises(Refused) as over:
        phone.open_page(token)
    assert over.value.code == "link_over"
    assert booked(story, "overage", "tac") == 3500
    assert taken(story) == [8718, 3861]
    assert complaints(story) == []


def test_pack_by_phone_waits_grants_when_paid_and_leaves_nothing_when_it_is_not(
    story: Story,
) -> None:
    story.go("2027-03-01 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-4", at="boi")
    booster = next(o for o in options(story, ben, "boi").packs if o.terms.kind == "drop_in")
    invoice_id = desk_sales.pack_by_phone(
        ben.member_id, pack_version_id=booster.terms.pack_version_id, place=story.place("boi"),
        by=DESK,
    )  # fmt: skip
    token = phone.link(invoice_id).rpartition("/")[2]
    assert phone.sale(token, now=time_of.now()).total_cents == 5830
    page = phone.open_page(token)
    story.pay(page)
    assert taken(story) == [14734, 5830]

    other = desk_sales.pack_by_phone(
        ben.member_id, pack_version_id=booster.terms.pack_version_id, place=story.place("boi"),
        by=DESK,
    )  # fmt: skip
    story.go("2027-03-01 10:15", "boi")
    late = phone.link(other).rpartition("/")[2]
    assert phone.sale(late, now=time_of.now()).state == "over"
    with pytest.raises(NotFound):
        phone.sale(late[:-2] + "xx", now=time_of.now())
    grants = sa.select(sa.func.count(CreditGrant.id)).where(CreditGrant.source_type == "pack")
    assert db.session.scalar(grants) == 1
    assert [bill.total_cents for bill in bills(ben)] == [14734, 5830]


@pytest.mark.parametrize("way", ["card", "phone"])
def test_extra_session_taken_back_within_minutes_takes_its_charge_with_it(
    story: Story, way: str
) -> None:
    ana = a_member(story)
    if way == "card":
        _extra_by_card(story, ana, "k")
    else:
        desk_extras.by_phone(ana.member_id, place=story.place("sea"), request_key="k", by=DESK)
    visit_id = _latest_visit(ana)
    story.go("2027-02-20 12:05")
    for _ in range(2):
        desk_undo.undo(visit_id, by=DESK)
    assert db.session.get_one(Visit, visit_id, populate_existing=True).undone_at is not None
    assert booked(story, "overage", "sea") == 0
    invoice = db.session.scalars(sa.select(Invoice).where(Invoice.reason == "charge")).one()
    if way == "card":
        assert (invoice.state, invoice.refunds_owed_cents) == ("paid", 3862)
        assert booked(story, "refunds_due", "sea") == 3862
    else:
        assert (invoice.state, invoice.refunds_owed_cents) == ("void", 0)
    assert complaints(story) == []


def test_too_late_to_take_it_back_leaves_the_charge_alone(story: Story) -> None:
    ana = a_member(story)
    desk_extras.by_phone(ana.member_id, place=story.place("sea"), request_key="k", by=DESK)
    story.go("2027-02-20 12:11")
    with pytest.raises(Refused) as caught:
        desk_undo.undo(_latest_visit(ana), by=DESK)
    assert caught.value.code == "undo_too_late"
    invoice = db.session.scalars(sa.select(Invoice).where(Invoice.reason == "charge")).one()
    assert invoice.state == "open"
    desk_undo.undo_later(_latest_visit(ana), reason="the chamber was down", by=DESK)
    assert db.session.get_one(Invoice, invoice.id, populate_existing=True).state == "void"
    assert complaints(story) == []


def _latest_visit(who: Person) -> UUID:
    query = sa.select(Visit.id).where(Visit.member_id == who.member_id).order_by(Visit.id.desc())
    return db.session.scalars(query.limit(1)).one()


def test_in_phoenix_a_booster_at_the_price_of_its_sessions_is_a_tie_and_single_ones_win(
    story: Story,
) -> None:
    phx = story.place("phx").id
    booster = run_txn(lambda: catalog.pack_version(story.studio.packs["BOOSTER-3"]))
    run_txn(
        lambda: product_versions.new_pack_version(
            booster.pack_id,
            sessions=3,
            window_days=60,
            first_use_days=30,
            prices={phx: 10500},
            effective_from=date(2027, 4, 1),
        )
    )
    story.go("2027-04-10 10:00", "phx")
    cleo = story.join("Cleo Diaz", "MAINT-2", at="phx")
    used_up(story, cleo, "2027-04-11", "2027-04-12")
    story.live("2027-04-13 12:00", "phx")
    found = options(story, cleo, "phx").comparison
    assert found is not None
    assert (found.overage_cents, found.booster_cents, found.booster_is_cheaper) == (
        10500, 10500, False,
    )  # fmt: skip


def test_who_is_intensive_is_sold_an_extension_and_no_booster(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3")
    story.come(ana)
    found = {option.terms.kind: option.refusal for option in options(story, ana).packs}
    assert found["extension"] is None
    assert found["booster"] is not None
    assert found["starter"] is not None
    assert options(story, ana).extra is None
    assert membership_rows.live_for(ana.member_id) is None
    assert places.get(story.place("sea").id).slug == "sea"
