"""A studio's till: opened with a count, cash and terminal taken, closed with over and short."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from billing.models import Invoice, Payment, PaymentAttempt
from config.db import db
from config.errors import Refused
from tests.support.story import Story
from tests.support.story_facts import bills, booked, complaints, letters, plans, taken
from tests.support.story_tenders import buy, close_till, move, open_till, pay


def test_a_monday_in_seattle_from_the_float_of_100_to_a_count_that_is_2_short(
    story: Story,
) -> None:
    story.go("2027-03-01 08:00")
    open_till(story, "sea", 10000)
    assert booked(story, "till", "sea") == -10000
    assert booked(story, "bank", "sea") == 10000
    ana = story.join("Ana Mora", "DROP-IN")
    story.go("2027-03-01 11:00")
    sold = buy(story, ana, "DROP-IN", "cash", at="sea", given=10000)
    assert (sold.paid_cents, sold.change_cents, sold.left_cents) == (6069, 3931, 0)
    slip = buy(story, ana, "DROP-IN", "terminal", at="sea")
    assert slip.paid_cents == 6069
    move(story, "sea", "paid_out", 1200, "Milk and paper")
    move(story, "sea", "deposit", 10000)
    assert complaints(story) == []
    count = close_till(story, "sea", 10000 + 6069 - 1200 - 10000 - 200, slips=6069)
    assert (count.over_cents, count.slips_over_cents) == (-200, 0)
    assert booked(story, "over_short", "sea") == -200
    assert booked(story, "till", "sea") == -(4869 - 200)
    assert [bill.state for bill in bills(ana)] == ["paid", "paid", "paid"]
    assert len(letters(ana, "receipt")) == 3
    assert taken(story) == [6069]
    assert complaints(story) == []


def test_the_next_count_in_boise_starts_from_what_was_left_in_the_drawer(story: Story) -> None:
    story.go("2027-03-01 08:00", "boi")
    open_till(story, "boi", 5000)
    close_till(story, "boi", 5000)
    story.go("2027-03-02 08:00", "boi")
    open_till(story, "boi", 5050)
    assert booked(story, "over_short", "boi") == 50
    assert complaints(story) == []
    count = close_till(story, "boi", 5050, slips=300)
    assert (count.over_cents, count.slips_over_cents) == (0, 300)
    assert booked(story, "over_short", "boi") == 350
    assert booked(story, "bank", "boi") == 5000 - 300
    assert complaints(story) == []


def test_one_till_is_open_at_a_studio_and_a_closed_one_takes_no_cash(story: Story) -> None:
    story.go("2027-03-01 08:00")
    ana = story.join("Ana Mora", "DROP-IN")
    with pytest.raises(Refused, match="open it with a count"):
        buy(story, ana, "DROP-IN", "cash", at="sea")
    assert [bill.state for bill in bills(ana)] == ["paid"]
    open_till(story, "sea", 0)
    with pytest.raises(Refused, match="open here already"):
        open_till(story, "sea", 0)
    open_till(story, "tac", 0)
    with pytest.raises(Refused, match="less than that in the drawer"):
        move(story, "sea", "deposit", 1)
    with pytest.raises(Refused, match="less than what is due"):
        buy(story, ana, "DROP-IN", "cash", at="sea", given=6068)
    assert [bill.state for bill in bills(ana)] == ["paid"]
    assert complaints(story) == []


def test_an_unpaid_renewal_of_may_is_paid_in_cash_and_the_card_is_asked_no_more(
    story: Story,
) -> None:
    story.go("2027-04-10 10:00", "boi")
    ben = story.join("Ben Ito", "MAINT-2", at="boi")
    story.bank_says(ben, {"outcome": "insufficient_funds", "times": 1})
    story.live("2027-05-11 10:00", "boi")
    owed = db.session.scalars(sa.select(Invoice.id).where(Invoice.state == "open")).one()
    assert plans(ben)[0].status == "grace"
    open_till(story, "boi", 0)
    open_till(story, "sea", 0)
    with pytest.raises(Refused, match="another studio"):
        pay(story, owed, "cash", at="sea")
    paid = pay(story, owed, "cash", at="boi")
    assert (paid.paid_cents, paid.left_cents) == (8374, 0)
    assert plans(ben)[0].status == "active"
    assert booked(story, "receivable", "boi") == 0
    story.live("2027-05-30 10:00", "boi")
    assert taken(story) == [8374]
    tries = sa.select(PaymentAttempt.state).where(PaymentAttempt.invoice_id == owed)
    assert db.session.scalars(tries).all() == ["failed"]
    how = sa.select(Payment.tender).where(Payment.invoice_id == owed)
    assert db.session.scalars(how).all() == ["cash"]
    with pytest.raises(Refused, match="nothing to pay"):
        pay(story, owed, "cash", at="boi")
    assert complaints(story) == []
