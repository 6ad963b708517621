"""What a gift card paid goes back onto a gift card; what is unspent of one can be given back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from billing.gift_cards import gift_cards
from billing.models import GiftCard, Invoice, Refund
from billing.refunds import refund_list, refund_ways, refunds_by_hand
from billing.refunds.refund_terms import Terms, offered, tos_of
from billing.tenders import till, till_flow
from config import clock as time_of
from config import mail
from config.audit import SYSTEM
from config.db import db, run_txn
from config.errors import Invalid, Refused
from membership.models import Charge
from tests.stories.test_disputes_gift_cards import bought
from tests.support.story import Person, Story
from tests.support.story_disputes import opened
from tests.support.story_facts import booked, complaints, letters
from tests.support.story_refunds import (
    granted,
    newest_invoice,
    owed,
    payments,
    quoted,
    send_all,
    sent_back,
    sound,
    states,
    wish,
)
from tests.support.story_tenders import buy, card, open_till, sell_card

CASH, CARD = "cash", "card"


@pytest.fixture
def ana(story: Story) -> Person:
    """Ana has been to Seattle once; the drawers of three studios hold a hundred dollars."""
    story.go("2027-03-01 09:00")
    for slug in ("sea", "boi", "phx"):
        open_till(story, slug, 10000)
    return story.join("Ana Mora", "DROP-IN")


def sold_card() -> Invoice:
    """The sale of the newest gift card."""
    query = sa.select(Invoice).where(Invoice.reason == "gift_card").order_by(Invoice.id.desc())
    return db.session.scalars(query.execution_options(populate_existing=True)).first()  # type: ignore[return-value]


def in_drawer(story: Story, slug: str) -> int:
    session = till.current(story.place(slug).id)
    assert session is not None
    return till_flow.flow(session).drawer_cents


def promise() -> Charge:
    query = sa.select(Charge).where(Charge.kind == "refund_owed").order_by(Charge.id.desc())
    found = db.session.scalars(query).first()
    assert found is not None
    db.session.rollback()
    return found


def test_a_pack_of_boise_paid_by_a_card_of_seattle_goes_back_onto_that_card_by_itself(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 10000, at="sea")
    buy(story, ana, "DROP-IN", "gift_card", at="boi", code=code)
    invoice = newest_invoice(ana)
    granted(story, wish(invoice, Terms("whole", CARD)))
    assert booked(story, "refunds_due", "boi") == 5830
    for _ in range(2):
        send_all()
    assert states() == [("gift_card", 5830, "succeeded")]
    assert card(story, "phx", code).balance_cents == 10000
    assert (booked(story, "gift_cards", "sea"), booked(story, "refunds_due", "boi")) == (10000, 0)
    assert (booked(story, "due_to", "sea"), booked(story, "due_from", "sea")) == (5830, -5830)
    assert (booked(story, "due_to", "boi"), booked(story, "due_from", "boi")) == (5830, -5830)
    assert owed(ana) == [(5830, "settled")]
    assert payments(invoice.id) == [("gift_card", 5830, 5830)]
    assert sound(story) == []


def test_a_card_that_was_used_up_opens_again_and_its_code_comes_by_letter(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 5830, at="boi")
    buy(story, ana, "DROP-IN", "gift_card", at="boi", code=code)
    with pytest.raises(Refused, match="nothing is left"):
        card(story, "boi", code)
    granted(story, wish(newest_invoice(ana), Terms("goodwill", CARD, (), 2000)))
    send_all()
    assert card(story, "boi", code).balance_cents == 2000
    (letter,) = letters(ana, "refund_on_gift_card")
    text = mail.compose(letter.template, letter.context, key="k", to=letter.to_address).text
    assert code in text
    assert "$20.00" in text
    assert code not in str(letter.context)
    listed = refund_list.owed_back([story.place("boi").id], now=time_of.now())
    assert [one.words for one in listed] == ["Sent to the gift card"]
    assert sound(story) == []


def test_cash_of_a_sale_leaves_the_drawer_in_the_wizard_and_the_gift_card_gets_its_own(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 2000, at="phx")
    buy(story, ana, "DROP-IN", CASH, at="phx", code=code, given=4000)
    invoice = newest_invoice(ana)
    assert [to for to, _words in tos_of(invoice)] == ["card", "cash", "account_credit"]
    assert refund_ways.of(invoice.id, "cash", 5500) == [
        ("In cash, out of the till now", 3500),
        ("Onto the gift card, with its code by letter", 2000),
    ]
    assert refund_ways.of(invoice.id, "card", 5500) == [
        ("Onto the gift card, with its code by letter", 2000),
        (refund_ways.BY_HAND, 3500),
    ]
    assert refund_ways.of(invoice.id, "account_credit", 5500) == [("As credit", 5500)]
    before = in_drawer(story, "phx")
    granted(story, wish(invoice, Terms("whole", CASH)))
    assert in_drawer(story, "phx") == before - 3500
    send_all()
    assert states() == [("cash", 3500, "succeeded"), ("gift_card", 2000, "succeeded")]
    assert card(story, "phx", code).balance_cents == 2000
    assert owed(ana) == [(5500, "settled")]
    assert sound(story) == []


def test_cash_is_given_back_only_up_to_what_was_paid_in_cash_and_never_from_a_closed_till(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 2000, at="sea")
    buy(story, ana, "DROP-IN", CASH, at="phx", code=code, given=4000)
    invoice = newest_invoice(ana)
    run_txn(
        lambda: till.close(
            story.place("phx"), counted_cents=13500, slips_cents=0, note=None, by=SYSTEM,
            now=time_of.now(),
        )
    )  # fmt: skip
    with pytest.raises(Refused) as closed:
        granted(story, wish(invoice, Terms("goodwill", CASH, (), 4000)))
    assert closed.value.code == "no_till"
    assert states() == []
    assert owed(ana) == []
    open_till(story, "phx", 13500)
    granted(story, wish(invoice, Terms("goodwill", CASH, (), 4000)))
    send_all()
    assert states() == [("cash", 3500, "succeeded"), ("gift_card", 500, "succeeded")]
    by_card = story.join("Ben Ito", "DROP-IN", at="phx")
    paid_by_card = newest_invoice(by_card)
    assert [to for to, _words in tos_of(paid_by_card)] == ["card", "account_credit"]
    granted(story, wish(paid_by_card, Terms("goodwill", CASH, (), 1000)))
    send_all()
    assert states()[-1] == ("card", 1000, "succeeded")
    assert sound(story) == []


def test_a_card_whose_buyer_went_to_the_bank_is_not_filled_but_a_new_one_is_given_by_hand(
    story: Story, ana: Person
) -> None:
    story.go("2027-03-01 10:00")
    code = bought(story, ana)
    buy(story, ana, "DROP-IN", "gift_card", at="boi", code=code)
    invoice = newest_invoice(ana)
    opened(story, ana)
    granted(story, wish(invoice, Terms("goodwill", CARD, (), 2000)))
    send_all()
    assert states() == []
    charge = promise()
    done = run_txn(
        lambda: refunds_by_hand.keep_all(
            charge.id, tender="gift_card", paid_at=charge.location_id, by=SYSTEM, now=time_of.now()
        )
    )
    assert done == 2000
    query = sa.select(GiftCard).order_by(GiftCard.id.desc())
    new = db.session.scalars(query).first()
    assert new is not None
    assert (new.balance_cents, new.initial_cents, new.location_id) == (
        2000, 2000, story.place("boi").id,
    )  # fmt: skip
    fresh = gift_cards.shown_code(str(new.id))
    assert fresh != code
    assert card(story, "boi", fresh).balance_cents == 2000
    (letter,) = letters(ana, "refund_on_gift_card")
    text = mail.compose(letter.template, letter.context, key="k", to=letter.to_address).text
    assert fresh in text
    assert code not in text
    assert complaints(story) == []


def test_a_gift_card_takes_back_only_what_a_gift_card_paid(story: Story, ana: Person) -> None:
    granted(story, wish(newest_invoice(ana), Terms("goodwill", CARD, (), 1000)))
    charge = promise()
    with pytest.raises(Refused) as refused:
        run_txn(
            lambda: refunds_by_hand.keep_all(
                charge.id,
                tender="gift_card",
                paid_at=charge.location_id,
                by=SYSTEM,
                now=time_of.now(),
            )
        )
    assert refused.value.code == "not_paid_so"
    send_all()
    assert sent_back(story) == [1000]
    assert sound(story) == []


def test_what_is_unspent_of_a_card_goes_back_to_who_bought_it_and_the_rest_stays_sold(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 10000, at="sea")
    buy(story, ana, "DROP-IN", "gift_card", at="sea", code=code)
    spent = newest_invoice(ana)
    sale = sold_card()
    assert offered(sale) == ["unspent"]
    assert quoted(sale, Terms("unspent", CASH)).refund_cents == 3931
    with pytest.raises(Invalid, match="more than is left"):
        quoted(sale, Terms("unspent", CASH, (), 3932))
    granted(story, wish(sale, Terms("unspent", CASH, (), 1931)))
    assert card(story, "sea", code).balance_cents == 2000
    granted(story, wish(sale, Terms("unspent", CASH)))
    with pytest.raises(Refused, match="nothing is left"):
        card(story, "sea", code)
    assert states() == [("cash", 1931, "succeeded"), ("cash", 2000, "succeeded")]
    assert booked(story, "gift_cards", "sea") == 0
    assert offered(sold_card()) == []
    assert sound(story) == []
    granted(story, wish(spent, Terms("whole", CARD)))  # and what it had paid comes back to it
    send_all()
    assert card(story, "sea", code).balance_cents == 6069
    assert sound(story) == []


def test_a_card_that_nobody_used_is_closed_with_its_sale(story: Story, ana: Person) -> None:
    code = sell_card(story, ana, 4000, at="sea")
    granted(story, wish(sold_card(), Terms("unspent", CASH)))
    closed = db.session.scalars(sa.select(GiftCard)).one()
    assert (closed.state, closed.balance_cents) == ("void", 0)
    with pytest.raises(Refused, match="not known"):
        card(story, "sea", code)
    assert owed(ana) == [(4000, "settled")]
    assert booked(story, "refunds_due", "sea") == 0
    assert sound(story) == []


def test_what_was_used_while_the_page_lay_open_is_not_given_back_as_well(
    story: Story, ana: Person
) -> None:
    code = sell_card(story, ana, 10000, at="sea")
    shown = wish(sold_card(), Terms("unspent", CASH))
    assert shown.expected_cents == 10000
    buy(story, ana, "DROP-IN", "gift_card", at="sea", code=code)
    with pytest.raises(Refused) as changed:
        granted(story, shown)
    assert changed.value.code == "changed"
    assert card(story, "sea", code).balance_cents == 3931
    assert sound(story) == []


def test_a_card_that_got_less_than_was_sent_to_it_is_found(story: Story, ana: Person) -> None:
    code = sell_card(story, ana, 10000, at="sea")
    buy(story, ana, "DROP-IN", "gift_card", at="sea", code=code)
    granted(story, wish(newest_invoice(ana), Terms("goodwill", CARD, (), 1000)))
    send_all()
    assert complaints(story) == []
    wrong = sa.update(Refund).where(Refund.tender == "gift_card").values(amount_cents=999)
    run_txn(lambda: db.session.execute(wrong))
    assert any(one.startswith("G3:") for one in complaints(story))
