"""Account credit: granted for a reason, used first for what is billed next, seen by its member."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from billing import merging
from billing.models import Invoice, PaymentAttempt
from billing.rules.tenders import Share
from billing.sales import checkout
from billing.tenders import account_credit, credit_balances, tenders
from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from config.ids import new_id
from tests.support.story import Person, Story
from tests.support.story_facts import bills, booked, complaints, letters, month, plans, taken


def given(
    story: Story, who: Person, cents: int, *, at: str, why: str = "The chamber broke"
) -> None:
    """A manager gives credit on that studio's day."""
    place = story.place(at)
    by = Actor(story.studio.staff[f"manager {at}"].id, "Manager")
    run_txn(
        lambda: account_credit.give(
            member_id=who.member_id,
            place=place,
            amount_cents=cents,
            reason=why,
            by=by,
            on=story.today(at),
            key=new_id(),
            now=time_of.now(),
        )
    )


def left(who: Person) -> list[tuple[str, int]]:
    return [(one.place_name, one.balance_cents) for one in credit_balances.balances(who.member_id)]


def moved(who: Person) -> list[tuple[str, int]]:
    rows = credit_balances.movements(who.member_id)
    return [(row.kind, row.amount_cents) for row in reversed(rows)]


def test_2500_given_on_april_20_leaves_6218_for_the_card_on_may_10(story: Story) -> None:
    story.go("2027-04-10 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    story.live("2027-04-20 12:00")
    given(story, ana, 2500, at="sea")
    assert booked(story, "concessions", "sea") == -2500
    assert booked(story, "account_credit", "sea") == 2500
    story.live("2027-05-10 12:00")
    assert taken(story) == [8718, 8718 - 2500]
    assert [bill.state for bill in bills(ana)] == ["paid", "paid"]
    assert moved(ana) == [("granted", 2500), ("used", -2500)]
    assert booked(story, "account_credit", "sea") == 0
    assert booked(story, "receivable", "sea") == 0
    assert month(story, "sea", date(2027, 5, 1)).cash_cents == 8718 - 2500
    assert complaints(story) == []


def test_credit_that_covers_a_renewal_in_boise_asks_no_card_and_hands_over_all(
    story: Story,
) -> None:
    story.go("2027-04-10 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.live("2027-04-20 12:00", "boi")
    given(story, ben, 9000, at="boi")
    story.live("2027-05-10 12:00", "boi")
    assert taken(story) == [8374]
    renewal = bills(ben)[1]
    assert (renewal.total_cents, renewal.state) == (8374, "paid")
    assert left(ben) == [("Boise", 9000 - 8374)]
    assert plans(ben)[0].status == "active"
    tried = sa.select(PaymentAttempt.id).join(Invoice).where(Invoice.reason == "renewal")
    assert db.session.scalars(tried).all() == []
    assert len(letters(ben, "receipt")) == 2
    assert complaints(story) == []


def test_credit_of_boise_pays_in_seattle_through_what_the_two_owe_each_other(story: Story) -> None:
    story.go("2027-04-10 10:00")
    cleo = story.join("Cleo Park", "MAINT-2")
    story.live("2027-04-20 12:00")
    given(story, cleo, 1000, at="boi")
    story.live("2027-05-10 12:00")
    assert taken(story) == [8718, 7718]
    assert booked(story, "due_to", "boi") == 1000
    assert booked(story, "due_from", "sea") == -1000
    assert left(cleo) == []
    assert complaints(story) == []


def test_a_pack_bought_online_takes_the_credit_first_and_gives_it_back_if_left_unpaid(
    story: Story,
) -> None:
    story.go("2027-04-10 10:00", "phx")
    dora = story.join("Dora Lind", "DROP-IN", at="phx")
    given(story, dora, 2000, at="phx")
    page = checkout.sell_pack(
        member_id=dora.member_id,
        pack_version_id=story.studio.packs["DROP-IN"],
        location_id=story.place("phx").id,
        gateway=story.gateway,
        now=time_of.now(),
    )
    assert left(dora) == []
    assert complaints(story) == []
    checkout.close_tills(dora.member_id, gateway=story.gateway, now=time_of.now())
    assert left(dora) == [("Phoenix", 2000)]
    assert moved(dora) == [("granted", 2000), ("used", -2000), ("restored", 2000)]
    assert booked(story, "receivable", "phx") == 0
    assert complaints(story) == []
    again = checkout.sell_pack(
        member_id=dora.member_id,
        pack_version_id=story.studio.packs["DROP-IN"],
        location_id=story.place("phx").id,
        gateway=story.gateway,
        now=time_of.now(),
    )
    assert again != page
    story.pay(again)
    assert taken(story) == [5500, 3500]
    assert [bill.state for bill in bills(dora)] == ["paid", "paid"]
    assert complaints(story) == []


def test_a_pack_that_credit_covers_needs_no_card_page_at_all(story: Story) -> None:
    story.go("2027-04-10 10:00", "phx")
    eve = story.join("Eve Stone", "DROP-IN", at="phx")
    given(story, eve, 6000, at="phx")
    page = checkout.sell_pack(
        member_id=eve.member_id,
        pack_version_id=story.studio.packs["DROP-IN"],
        location_id=story.place("phx").id,
        gateway=story.gateway,
        now=time_of.now(),
    )
    assert page.startswith("/join/welcome/")
    assert taken(story) == [5500]
    assert left(eve) == [("Phoenix", 500)]
    assert [bill.state for bill in bills(eve)] == ["paid", "paid"]
    assert complaints(story) == []


def test_more_credit_than_there_is_cannot_be_used(story: Story) -> None:
    story.go("2027-04-10 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    given(story, ana, 100, at="sea")
    story.bank_says(ana, {"outcome": "insufficient_funds", "times": 1})
    story.live("2027-05-10 12:00")
    owed = db.session.scalars(sa.select(Invoice.id).where(Invoice.state == "open")).one()
    assert tenders.due_of(owed) == 8618
    db.session.rollback()
    share = Share("account_credit", story.place("sea").id, 100)
    with pytest.raises(Refused, match="on its way"):  # the card's intent could still take it
        run_txn(lambda: tenders.receive(owed, share, by=Actor(None, "x"), now=time_of.now()))
    assert complaints(story) == []


def test_credit_of_a_record_that_was_merged_pays_the_renewal_of_the_kept_one(story: Story) -> None:
    story.go("2027-04-10 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    twin = story.join("Ben Ito Twin", "DROP-IN", at="boi")
    given(story, twin, 1000, at="boi")
    by = Actor(story.studio.staff["manager boi"].id, "Manager")
    run_txn(
        lambda: merging.merge(
            kept_id=ben.member_id,
            merged_id=twin.member_id,
            reason="one person",
            by=by,
            now=time_of.now(),
        )
    )
    assert left(ben) == [("Boise", 1000)]
    story.live("2027-05-10 12:00", "boi")
    assert taken(story) == [8374, 5830, 7374]
    assert left(ben) == []
    assert complaints(story) == []
