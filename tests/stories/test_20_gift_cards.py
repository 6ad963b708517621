"""Gift cards: sold at one studio, used at any, cashed as the law says, worth what is left."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from billing.gift_cards import gift_cards, gift_cashing
from billing.models import GiftCard, GiftCardEntry, Invoice
from billing.payments import taking
from billing.rules.tenders import Offer
from billing.tenders import tenders
from config import clock as time_of
from config import mail
from config.db import db, run_txn
from config.errors import Refused
from tests.support.story import Person, Story
from tests.support.story_facts import bills, booked, complaints, letters, taken
from tests.support.story_tenders import (
    buy,
    card,
    close_till,
    open_till,
    pay,
    sell_card,
    staff,
)


@pytest.fixture
def ana(story: Story) -> Person:
    """Ana has been to Seattle once; every drawer is open and empty but for fifty dollars."""
    story.go("2027-03-01 09:00")
    for slug in ("sea", "boi", "phx"):
        open_till(story, slug, 5000)
    return story.join("Ana Mora", "DROP-IN")


def test_a_card_over_100_sold_in_seattle_pays_a_pack_in_boise_and_the_rest_stays(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 10000, at="sea")
    assert booked(story, "gift_cards", "sea") == 10000
    assert booked(story, "sales_tax", "sea") == 569
    assert complaints(story) == []
    sold = buy(story, ana, "DROP-IN", "gift_card", at="boi", code=code)
    assert (sold.paid_cents, sold.left_cents) == (5830, 0)
    assert booked(story, "gift_cards", "sea") == 4170
    assert booked(story, "due_to", "sea") == 5830
    assert booked(story, "due_from", "boi") == -5830
    assert booked(story, "sales_tax", "boi") == 330
    assert card(story, "phx", code.lower().replace("-", " ")).balance_cents == 4170
    assert complaints(story) == []


def test_what_a_card_leaves_open_is_paid_in_cash_in_the_same_sale(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 2000, at="phx", way="terminal")
    sold = buy(story, ana, "DROP-IN", "cash", at="phx", code=code, given=4000)
    assert (sold.paid_cents, sold.change_cents) == (5500, 500)
    with pytest.raises(Refused, match="not known"):
        card(story, "phx", code)
    close_till(story, "phx", 5000 + 3500, slips=2000)
    assert booked(story, "over_short", "phx") == 0
    assert complaints(story) == []


def test_a_card_that_is_too_small_alone_sells_nothing(story: Story, ana: Person) -> None:
    code = sell_card(story, ana, 2000, at="phx")
    with pytest.raises(Refused, match="less than what is due"):
        buy(story, ana, "DROP-IN", "gift_card", at="phx", code=code)
    assert card(story, "phx", code).balance_cents == 2000
    assert [bill.state for bill in bills(ana)] == ["paid", "paid"]
    assert complaints(story) == []


def test_in_washington_4_31_left_after_a_purchase_goes_out_in_cash_but_5_00_does_not(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 6500, at="sea")
    untouched = card(story, "sea", code)
    by, sea = staff(story, "desk sea"), story.place("sea")
    with pytest.raises(Refused, match="not paid out"):
        run_txn(lambda: gift_cashing.cash(untouched, sea, by=by, now=time_of.now()))
    buy(story, ana, "DROP-IN", "gift_card", at="sea", code=code)
    left = card(story, "sea", code)
    assert left.balance_cents == 431
    assert run_txn(lambda: gift_cashing.cash(left, sea, by=by, now=time_of.now())) == 431
    assert booked(story, "gift_cards", "sea") == 0
    assert complaints(story) == []
    five = sell_card(story, ana, 6569, at="sea")
    buy(story, ana, "DROP-IN", "gift_card", at="sea", code=five)
    rest = card(story, "sea", five)
    assert rest.balance_cents == 500
    with pytest.raises(Refused, match="not paid out"):
        run_txn(lambda: gift_cashing.cash(rest, sea, by=by, now=time_of.now()))
    close_till(story, "sea", 5000 + 6500 - 431 + 6569)
    assert booked(story, "over_short", "sea") == 0
    assert complaints(story) == []


def test_what_was_cashed_in_the_minute_of_the_count_left_the_drawer_that_it_came_from(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 6500, at="sea")
    buy(story, ana, "DROP-IN", "gift_card", at="sea", code=code)
    left, by, sea = card(story, "sea", code), staff(story, "desk sea"), story.place("sea")
    run_txn(lambda: gift_cashing.cash(left, sea, by=by, now=time_of.now()))
    first = close_till(story, "sea", 5000 + 6500 - 431)
    open_till(story, "sea", 5000 + 6500 - 431)
    assert complaints(story) == []
    second = close_till(story, "sea", 5000 + 6500 - 431)
    assert (first.over_cents, second.over_cents) == (0, 0)
    assert complaints(story) == []


def test_in_boise_nothing_is_cashed_of_a_card_of_boise(story: Story, ana: Person) -> None:
    code = sell_card(story, ana, 6000, at="boi")
    buy(story, ana, "DROP-IN", "gift_card", at="boi", code=code)
    left = card(story, "boi", code)
    assert left.balance_cents == 170
    by, boi = staff(story, "desk boi"), story.place("boi")
    with pytest.raises(Refused, match="not paid out"):
        run_txn(lambda: gift_cashing.cash(left, boi, by=by, now=time_of.now()))
    sea, there = story.place("sea"), staff(story, "desk sea")
    assert run_txn(lambda: gift_cashing.cash(left, sea, by=there, now=time_of.now())) == 170
    assert (booked(story, "due_to", "boi"), booked(story, "due_from", "sea")) == (170, -170)
    assert complaints(story) == []


def test_the_code_is_in_the_letter_and_nowhere_in_the_database(story: Story, ana: Person) -> None:
    code = sell_card(story, ana, 2500, at="sea")
    (letter,) = letters(ana, "gift_card")
    text = mail.compose(letter.template, letter.context, key="k", to=letter.to_address).text
    assert code in text
    bare = code.replace("-", "")
    assert code not in str(letter.context)
    sold = db.session.scalars(sa.select(GiftCard)).one()
    assert sold.last4 == bare[-4:]
    assert bare not in str(vars(sold))
    assert gift_cards.find(bare[:-1] + ("0" if bare[-1] != "0" else "1")) is None


def test_part_of_a_renewal_by_card_of_boise_and_the_rest_by_gift_card_once_only(
    story: Story, ana: Person
) -> None:
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.bank_says(ben, {"outcome": "insufficient_funds", "times": 1})
    code = sell_card(story, ana, 3000, at="boi")
    close_till(story, "boi", 8000)
    story.live("2027-04-02 10:00", "boi")
    owed = db.session.scalars(sa.select(Invoice.id).where(Invoice.state == "open")).one()
    paid = pay(story, owed, "gift_card", at="boi", code=code)
    assert (paid.paid_cents, paid.left_cents) == (3000, 5374)
    assert complaints(story) == []
    story.live("2027-04-20 10:00", "boi")
    assert taken(story) == [6069, 8374, 5374]
    assert [bill.state for bill in bills(ben)] == ["paid", "paid"]
    assert complaints(story) == []


def test_after_ten_wrong_codes_an_hour_must_pass(story: Story, ana: Person) -> None:
    code = sell_card(story, ana, 2500, at="sea")
    for _ in range(10):
        with pytest.raises(Refused, match="not known"):
            card(story, "sea", "0000-0000-0000-0000")
    with pytest.raises(Refused, match="wait for an hour"):
        card(story, "sea", code)
    assert card(story, "boi", code).balance_cents == 2500  # somebody else's desk is not stopped
    story.go("2027-03-01 10:01")
    assert card(story, "sea", code).balance_cents == 2500
    with pytest.raises(Refused, match="another currency"):
        taking.gift_card_offer(card(story, "sea", code), currency="CAD")
    kinds = sa.select(GiftCardEntry.kind)
    assert db.session.scalars(kinds).all() == ["sold"]


def test_two_desks_that_take_the_last_of_a_card_share_it_and_never_overdraw(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 6069, at="sea")
    seen = card(story, "sea", code)
    buy(story, ana, "DROP-IN", "gift_card", at="sea", code=code)
    by = staff(story, "desk sea")
    offers = [Offer("gift_card", seen.id, seen.balance_cents)]  # looked at before the other desk
    ben = story.join("Ben Ito", "MAINT-2", at="sea")
    story.bank_says(ben, {"outcome": "insufficient_funds", "times": 1})
    story.live("2027-04-02 10:00")
    owed = db.session.scalars(sa.select(Invoice.id).where(Invoice.state == "open")).one()
    with pytest.raises(Refused, match="a moment ago"):
        taking.pay(owed, offers, by=by)
    assert tenders.due_of(owed) == 8718
    assert complaints(story) == []
