"""An extension session and "enough for now": what they do to the phase, the letters, the plan."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from billing.sales import checkout, extensions
from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from config.errors import NotFound, Refused
from membership.catalogue import catalog, product_versions
from membership.endings import pack_exits
from membership.journey import conversions
from membership.models import MemberPack, Pack, PackVersion
from membership.packs import windows
from tests.support.story import EIGHT_AND_NINE, Person, Story
from tests.support.story_facts import (
    bills,
    booked,
    complaints,
    left_at,
    letters,
    movements,
    plans,
    taken,
)

BOISE = "America/Boise"


def held(who: Person, kind: str) -> MemberPack:
    """The newest pack of a kind."""
    query = (
        sa.select(MemberPack)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(MemberPack.member_id == who.member_id, Pack.kind == kind)
        .order_by(MemberPack.id.desc())
        .limit(1)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def extend(story: Story, who: Person) -> int:
    """Buy one more session on one's own page; returns what the page said, in cents."""
    now = time_of.now()
    found = extensions.offered(who.member_id, on=story.today(who.home), now=now)
    assert found is not None
    page = checkout.sell_pack(
        member_id=who.member_id,
        pack_version_id=found.terms.pack_version_id,
        location_id=found.location.id,
        gateway=story.gateway,
        now=now,
    )
    story.pay(page)
    return found.amounts.total_cents


def enough(story: Story, who: Person, *, by: UUID | None = None) -> None:
    """Say that one has had enough for now."""
    pack_id, now = held(who, "starter").id, time_of.now()
    actor = Actor(by or who.account_id, "somebody")
    run_txn(lambda: windows.done(pack_id, member_id=who.member_id, by=actor, now=now))


def phase(story: Story, who: Person) -> str:
    return conversions.phase(who.member_id, on=story.today(who.home))


def test_extension_in_boise_moves_phase_letter_and_charge_over_the_night_of_the_clocks(
    story: Story,
) -> None:
    story.go("2027-10-29 10:00", "boi")
    ben = story.join("Ben Ito", "STARTER-3", at="boi", agrees_to="MAINT-4")
    story.come(ben)
    for on in ("2027-10-30", "2027-11-01"):
        story.live(f"{on} 18:00", "boi", looks=EIGHT_AND_NINE)
        story.come(ben)
    story.live("2027-11-04 12:00", "boi", looks=EIGHT_AND_NINE)
    assert phase(story, ben) == "intensive", "an empty pack ends no phase"
    assert extend(story, ben) == 3498
    starter, extra = held(ben, "starter"), held(ben, "extension")
    assert (starter.window_end, starter.phase_end) == (date(2027, 11, 8), date(2027, 11, 14))
    assert (extra.extends_id, extra.window_end) == (starter.id, date(2027, 11, 14))
    assert taken(story) == [10494, 3498]

    story.live("2027-11-09 12:00", "boi", looks=EIGHT_AND_NINE)
    assert plans(ben) == [], "the day of the first letter has passed"
    assert phase(story, ben) == "intensive"
    story.come(ben)
    assert held(ben, "extension").state == "spent"
    assert booked(story, "earned_sessions", "boi", on=date(2027, 11, 9)) == 3300
    story.live("2027-11-14 08:59", "boi", looks=EIGHT_AND_NINE)
    assert len(bills(ben)) == 2
    story.go("2027-11-14 09:00", "boi")
    story.work("boi")
    assert taken(story) == [10494, 3498, 14734]
    (plan,) = plans(ben)
    assert (plan.anchor, plan.status) == (date(2027, 11, 14), "active")
    told = letters(ben, "notice_conversion")
    assert [left_at(one, BOISE) for one in told] == ["2027-11-01 08:00", "2027-11-07 08:00"]
    assert [one.context["about_on"] for one in told] == ["November 8, 2027", "November 14, 2027"]
    assert complaints(story) == []


def test_extension_bought_on_the_last_day_gives_the_letter_its_seven_days(story: Story) -> None:
    _shorter(story, days=4)
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2")
    story.come(ana)
    story.live("2027-01-13 18:00", looks=EIGHT_AND_NINE)
    assert extend(story, ana) == 3642
    assert held(ana, "starter").phase_end == date(2027, 1, 17)
    story.live("2027-01-21 08:59", looks=EIGHT_AND_NINE)
    assert plans(ana) == []
    told = letters(ana, "notice_conversion")[-1]
    assert left_at(told, "America/Los_Angeles") == "2027-01-14 08:00"
    assert told.context["about_on"] == "January 21, 2027"
    story.go("2027-01-21 09:00")
    story.work("sea")
    assert [plan.anchor for plan in plans(ana)] == [date(2027, 1, 21)]
    assert complaints(story) == []


def test_two_extensions_reach_no_further_than_day_60(story: Story) -> None:
    _shorter(story, days=40)
    ana = story.join("Ana Mora", "STARTER-3")
    story.come(ana)
    story.live("2027-01-13 10:00")
    extend(story, ana)
    assert held(ana, "starter").phase_end == date(2027, 2, 22)
    story.live("2027-01-13 11:00")
    story.come(ana)
    story.live("2027-02-13 10:00")
    with pytest.raises(Refused) as refused:
        extend(story, ana)
    assert refused.value.code == "phase_over", "the starter's own window has closed by then"
    assert held(ana, "starter").state == "expired"


def test_an_extension_is_refused_before_the_first_session_and_after_the_phase(
    story: Story,
) -> None:
    ana = story.join("Ana Mora", "STARTER-3")
    order = {
        "member_id": ana.member_id,
        "pack_version_id": story.studio.packs["EXTENSION-1"],
        "location_id": story.place("sea").id,
        "gateway": story.gateway,
    }
    codes = []
    for wall in ("2027-01-05 10:00", "2027-01-19 10:00"):
        story.live(wall)
        assert extensions.offered(ana.member_id, on=story.today("sea"), now=time_of.now()) is None
        with pytest.raises(Refused) as refused:
            checkout.sell_pack(**order, now=time_of.now())
        codes.append(refused.value.code)
    assert codes == ["not_opened", "phase_over"]


def test_an_extension_never_used_expires_on_its_tenth_day_where_it_was_sold(story: Story) -> None:
    story.go("2027-03-08 10:00", "phx")
    cleo = story.join("Cleo Diaz", "STARTER-3", at="phx")
    story.come(cleo)
    story.live("2027-03-10 10:00", "phx")
    assert extend(story, cleo) == 3300
    story.live("2027-03-19 23:59", "phx")
    assert [one[1:] for one in movements(cleo, "expire")] == [(-2, -6600)]
    story.go("2027-03-20 00:00", "phx")
    story.work("phx")
    story.work("phx")
    assert movements(cleo, "expire")[-1] == (date(2027, 3, 20), -1, -3300)
    assert booked(story, "breakage", "phx") == 9900
    assert complaints(story) == []


def test_who_is_done_on_the_8th_keeps_sessions_and_is_charged_no_earlier(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2")
    story.come(ana)
    story.live("2027-01-08 12:00", looks=EIGHT_AND_NINE)
    enough(story, ana)
    enough(story, ana)
    assert phase(story, ana) == "none"
    assert held(ana, "starter").done_on == date(2027, 1, 8)
    with pytest.raises(Refused):
        checkout.sell_pack(
            member_id=ana.member_id,
            pack_version_id=story.studio.packs["EXTENSION-1"],
            location_id=story.place("sea").id,
            gateway=story.gateway,
            now=time_of.now(),
        )
    story.live("2027-01-09 12:00", looks=EIGHT_AND_NINE)
    story.come(ana)
    story.live("2027-01-14 08:59", looks=EIGHT_AND_NINE)
    assert taken(story) == [10925]
    story.go("2027-01-14 09:00")
    story.work("sea")
    assert taken(story) == [10925, 8718]
    assert movements(ana, "expire") == [(date(2027, 1, 14), -1, -3300)]
    assert complaints(story) == []


def test_who_is_done_in_an_extension_moves_to_the_plan_seven_days_after_a_letter(
    story: Story,
) -> None:
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2")
    story.come(ana)
    story.live("2027-01-13 12:00", looks=EIGHT_AND_NINE)
    extend(story, ana)
    story.live("2027-01-15 12:00", looks=EIGHT_AND_NINE)
    enough(story, ana, by=story.studio.staff["desk sea"].id)
    assert held(ana, "starter").phase_end == date(2027, 1, 15)
    story.live("2027-01-25 12:00", looks=EIGHT_AND_NINE)
    (plan,) = plans(ana)
    told = letters(ana, "notice_conversion")
    assert plan.anchor >= date(2027, 1, 22)
    assert told[-1].sent_at is not None
    assert (plan.anchor - told[-1].sent_at.date()).days >= 7
    assert complaints(story) == []


def test_an_extension_that_is_given_back_takes_its_days_with_it(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3")
    story.come(ana)
    story.live("2027-01-13 12:00")
    extend(story, ana)
    assert held(ana, "starter").phase_end == date(2027, 1, 23)
    extra, now = held(ana, "extension").id, time_of.now()
    by = Actor(ana.account_id, "member")
    run_txn(lambda: pack_exits.leave(extra, "cooling_off", on=date(2027, 1, 13), now=now, by=by))
    assert held(ana, "starter").phase_end == date(2027, 1, 14)
    assert held(ana, "extension").state == "cancelled"


def test_nobody_ends_the_phase_of_somebody_else(story: Story) -> None:
    ana, ben = story.join("Ana Mora", "STARTER-3"), story.join("Ben Ito", "STARTER-3")
    story.come(ana)
    pack_id, now = held(ana, "starter").id, time_of.now()
    with pytest.raises(NotFound):
        run_txn(
            lambda: windows.done(
                pack_id, member_id=ben.member_id, by=Actor(ben.account_id, "ben"), now=now
            )
        )
    assert phase(story, ana) == "intensive"


def _shorter(story: Story, *, days: int) -> None:
    """Extensions are sold with other days from now on."""
    known = catalog.pack_version(story.studio.packs["EXTENSION-1"])
    sea = story.place("sea").id
    run_txn(
        lambda: product_versions.new_pack_version(
            known.pack_id,
            sessions=1,
            window_days=days,
            first_use_days=0,
            prices={sea: 3300},
            effective_from=date(2027, 1, 1),
        )
    )
