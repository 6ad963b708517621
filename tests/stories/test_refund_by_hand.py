"""What no card can take: handed out of a till, turned into credit, or held by a bank."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from billing.disputes import disputes
from billing.models import Payment
from billing.refunds import refund_list, refund_outcomes, refunds_by_hand
from billing.refunds.refund_terms import Terms
from billing.tenders import till, till_flow, till_moves
from config import clock as time_of
from config.audit import SYSTEM, Actor
from config.db import db, run_txn
from config.errors import Refused
from config.ids import new_id
from membership.models import Charge
from tests.support.story import Person, Story
from tests.support.story_facts import booked, letters
from tests.support.story_refunds import (
    granted,
    newest_invoice,
    owed,
    payments,
    rows,
    send_all,
    sent_back,
    sound,
    states,
    wish,
)


def refused_by_the_card(story: Story) -> tuple[Person, UUID]:
    """20.00 that the bank sent back: still owed, on another way."""
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    granted(story, wish(newest_invoice(ana), Terms("goodwill", "card", (), 2000)))
    send_all()
    (refund,) = rows()
    story.stripe.control("POST", f"refunds/{refund.stripe_id}/fail", {})
    refund_outcomes.look(str(refund.stripe_id), gateway=story.gateway, now=time_of.now())
    charge_id = db.session.scalars(sa.select(Charge.id)).one()
    db.session.rollback()
    return ana, charge_id


def hand_out(story: Story, charge_id: UUID, tender: str, *, at: str = "sea") -> int:
    return run_txn(
        lambda: refunds_by_hand.keep_all(
            charge_id,
            tender=tender,  # type: ignore[arg-type]
            paid_at=story.place(at).id,
            by=SYSTEM,
            now=time_of.now(),
        )
    )


def open_till(story: Story, cents: int, at: str = "sea") -> None:
    run_txn(
        lambda: till.open_one(
            story.place(at), counted_cents=cents, by=Actor(None, "desk"), now=time_of.now()
        )
    )


def test_cash_leaves_an_open_till_and_is_missing_from_its_count(story: Story) -> None:
    ana, charge_id = refused_by_the_card(story)
    with pytest.raises(Refused) as closed:
        hand_out(story, charge_id, "cash")
    assert closed.value.code == "no_till"
    open_till(story, 1000)
    with pytest.raises(Refused) as short:
        hand_out(story, charge_id, "cash")
    assert short.value.code == "not_in_drawer"
    run_txn(
        lambda: till_moves.move(
            story.place("sea"),
            "paid_in",
            5000,
            reason="float",
            key=new_id(),
            by=SYSTEM,
            now=time_of.now(),
        )
    )
    assert hand_out(story, charge_id, "cash") == 2000
    assert states() == [("card", 2000, "failed"), ("cash", 2000, "succeeded")]
    assert owed(ana) == [(2000, "settled")]
    assert booked(story, "refunds_due", "sea") == 0
    session = till.current(story.place("sea").id)
    assert session is not None
    assert till_flow.flow(session).drawer_cents == 4000
    with pytest.raises(Refused) as again:
        hand_out(story, charge_id, "cash")
    assert again.value.code == "nothing_owed"
    assert sound(story) == []


def test_cash_of_another_studio_is_owed_to_it_by_the_one_that_sold(story: Story) -> None:
    _ana, charge_id = refused_by_the_card(story)
    open_till(story, 9000, at="tac")
    assert hand_out(story, charge_id, "cash", at="tac") == 2000
    assert booked(story, "refunds_due", "sea") == 0
    assert booked(story, "due_to", "sea") == 2000
    assert booked(story, "due_from", "tac") == -2000
    assert sound(story) == []


def test_what_waited_for_the_card_becomes_credit_before_it_is_sent(story: Story) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    invoice = newest_invoice(ana)
    granted(story, wish(invoice, Terms("goodwill", "card", (), 2000)))
    charge_id = db.session.scalars(sa.select(Charge.id)).one()
    db.session.rollback()
    assert hand_out(story, charge_id, "account_credit") == 2000
    send_all()
    assert states() == [("account_credit", 2000, "succeeded")]
    assert payments(invoice.id) == [("card", 10925, 2000)]
    assert sent_back(story) == []
    assert booked(story, "account_credit", "sea") == 2000
    assert sound(story) == []


def test_card_that_refused_is_asked_again_only_when_somebody_says_so(story: Story) -> None:
    _ana, charge_id = refused_by_the_card(story)
    send_all()
    assert states() == [("card", 2000, "failed")]
    asked = run_txn(lambda: refunds_by_hand.try_card_again(charge_id, now=time_of.now()))
    assert asked == 2000
    send_all()
    assert states() == [("card", 2000, "failed"), ("card", 2000, "succeeded")]
    assert sent_back(story) == [2000]
    assert sound(story) == []


def test_list_shows_what_is_overdue_first_and_why_it_waits(story: Story) -> None:
    ana, _charge = refused_by_the_card(story)
    mine = [story.place("sea").id]

    def shown() -> list[tuple[int, bool, str]]:
        found = refund_list.owed_back(mine, now=time_of.now())
        return [(one.unsent_cents, one.overdue, one.words) for one in found]

    assert shown() == [(2000, False, "The card did not take it: expired or canceled card")]
    story.go("2027-02-03 23:59")
    assert not shown()[0][1]
    story.go("2027-02-04 00:01")
    assert shown()[0][1]
    table = refund_list.as_table(refund_list.owed_back(mine, now=time_of.now()))
    assert table.totals == {"amount_cents": 2000, "unsent_cents": 2000}
    assert table.rows[0].values["due_on"] == date(2027, 2, 3).isoformat()
    assert refund_list.owed_back([story.place("boi").id], now=time_of.now()) == []
    story.tick()
    assert len(letters(ana, "refund_failed")) == 1


def test_payment_that_a_bank_holds_is_neither_promised_nor_sent_nor_handed_out(
    story: Story,
) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    invoice = newest_invoice(ana)
    granted(story, wish(invoice, Terms("goodwill", "card", (), 2000)))
    charge = db.session.scalars(sa.select(Payment.charge_id)).one()
    db.session.rollback()
    opened = story.stripe.control("POST", "disputes", {"charge": charge})
    disputes.look(opened["id"], gateway=story.gateway, now=time_of.now())
    send_all()
    assert states() == []
    with pytest.raises(Refused) as held:
        granted(story, wish(newest_invoice(ana), Terms("goodwill", "card", (), 1000)))
    assert held.value.code == "disputed"
    open_till(story, 9000)
    charge_id = db.session.scalars(sa.select(Charge.id)).one()
    db.session.rollback()
    with pytest.raises(Refused) as by_hand:
        hand_out(story, charge_id, "cash")
    assert by_hand.value.code == "disputed"
    story.stripe.control("POST", f"disputes/{opened['id']}/close", {"status": "won"})
    disputes.look(opened["id"], gateway=story.gateway, now=time_of.now())
    send_all()
    assert states()[-1] == ("card", 2000, "succeeded")
