"""Story 4: a window that closes with sessions left."""

from __future__ import annotations

from datetime import date

from config.db import run_txn
from membership.catalogue import catalog, product_versions
from tests.support.story import EIGHT_AND_NINE, Story
from tests.support.story_facts import (
    booked,
    complaints,
    left_at,
    letters,
    movements,
    pack,
    taken,
)

JAN_14 = date(2027, 1, 14)


def test_two_sessions_unused_in_seattle_expire_once_at_midnight_and_stay_refundable(
    story: Story,
) -> None:
    ana = story.join("Ana Mora", "STARTER-3")
    story.come(ana)
    story.live("2027-01-13 23:59", looks=EIGHT_AND_NINE)
    warned = [left_at(one, "America/Los_Angeles") for one in letters(ana, "notice_window")]
    assert warned == ["2027-01-11 08:00", "2027-01-13 08:00"]
    assert movements(ana, "expire") == []

    story.go("2027-01-14 00:00")
    for _ in range(3):
        story.work("sea")
    story.live("2027-01-16 12:00")
    assert movements(ana, "expire") == [(JAN_14, -2, -6600)]
    assert pack(ana).state == "expired"
    assert booked(story, "expired_refundable", "sea", on=JAN_14) == 6600
    assert booked(story, "breakage", "sea") == booked(story, "deferred_sessions", "sea") == 0
    assert complaints(story) == []


def test_the_same_in_boise_over_the_night_the_clocks_fall_back_is_breakage(story: Story) -> None:
    story.go("2027-11-01 20:00", "boi")
    ben = story.join("Ben Ito", "STARTER-3", at="boi")
    story.come(ben)
    story.live("2027-11-10 23:59", "boi", looks=EIGHT_AND_NINE)
    warned = [left_at(one, "America/Boise") for one in letters(ben, "notice_window")]
    assert warned == ["2027-11-08 08:00", "2027-11-10 08:00"]
    assert booked(story, "breakage", "boi") == 0
    story.go("2027-11-11 00:00", "boi")
    story.work("boi")
    story.work("boi")
    assert booked(story, "breakage", "boi", on=date(2027, 11, 11)) == 6600
    assert booked(story, "expired_refundable", "boi") == 0
    assert complaints(story) == []


def test_pack_of_10000_in_three_expires_what_its_first_session_of_3334_has_left(
    story: Story,
) -> None:
    phx = story.place("phx").id
    starter = run_txn(lambda: catalog.pack_version(story.studio.packs["STARTER-3"]))
    run_txn(
        lambda: product_versions.new_pack_version(
            starter.pack_id,
            sessions=3,
            window_days=5,
            first_use_days=14,
            prices={phx: 10000},
            effective_from=date(2027, 2, 20),
        )
    )
    story.go("2027-02-25 08:00", "phx")
    cleo = story.join("Cleo Diaz", "STARTER-3", at="phx")
    story.come(cleo)
    story.live("2027-03-02 00:00", "phx")
    assert taken(story) == [10000]
    assert movements(cleo, "redeem") == [(date(2027, 2, 25), -1, -3334)]
    assert movements(cleo, "expire") == [(date(2027, 3, 2), -2, -6666)]
    assert booked(story, "breakage", "phx", on=date(2027, 3, 2)) == 6666


def test_nothing_expires_and_nobody_is_warned_where_every_session_was_used(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3")
    story.come(ana)
    for day in ("05", "06"):
        story.live(f"2027-01-{day} 18:00")
        story.come(ana)
    story.live("2027-01-15 12:00")
    assert movements(ana, "expire") == []
    assert letters(ana, "notice_window") == []
