"""A bank takes a part of a payment of which more was promised back: the rest is owed, once."""

from __future__ import annotations

from contextlib import suppress

import pytest
import sqlalchemy as sa

from billing.models import KeptByBank
from billing.refunds import refund_list, refund_outcomes, refund_sends, refunds_by_hand
from config import clock as time_of
from config.audit import SYSTEM
from config.db import db, run_txn, transaction
from config.errors import Refused
from membership.models import Charge
from tests.stories.test_disputes_refunds import BACK, given_back, sent
from tests.support.story import Person, Story
from tests.support.story_damages import run, unguarded
from tests.support.story_disputes import charges_of, decided, disputes_at_bank, look, opened
from tests.support.story_facts import booked, complaints
from tests.support.story_refunds import owed, rows, states

OVER = 5000
REST = BACK - OVER


def partly_disputed(story: Story) -> tuple[Person, str]:
    """Ana is promised 72.83 of 109.25, and disputes 50.00 of it before any is sent."""
    ana = given_back(story)
    dispute_id = disputes_at_bank(story, charges_of(ana)[-1], over_cents=OVER)
    assert look(story, dispute_id) == "open"
    story.go("2027-01-20 10:00")
    return ana, dispute_id


def shown(story: Story) -> tuple[int, str]:
    (row,) = refund_list.owed_back([story.place("sea").id], now=time_of.now())
    return row.unsent_cents, row.words


def test_what_the_bank_took_is_off_the_promise_and_the_rest_goes_to_the_card(
    story: Story,
) -> None:
    ana, dispute_id = partly_disputed(story)
    refund_sends.work()
    assert sent(story) == 0, "the bank decides"
    assert shown(story) == (BACK, "Disputed at the bank")
    decided(story, dispute_id, "lost")
    assert booked(story, "refunds_due", "sea") == REST
    assert shown(story)[0] == REST
    assert shown(story)[1].startswith("Taken by the bank in part")
    assert complaints(story) == []
    assert {"D4:", "R2:"} <= _found_by_hand(story)
    refund_sends.work()
    assert (sent(story), booked(story, "refunds_due", "sea")) == (REST, 0)
    assert owed(ana) == [(BACK, "settled")]
    assert shown(story) == (0, "Sent to the card; Taken by the bank")
    assert booked(story, "dispute_losses", "sea") == 0
    assert booked(story, "stripe_clearing", "sea") == -(10925 - BACK)
    assert complaints(story) == []


def test_a_rest_that_no_card_takes_is_kept_as_credit_as_the_manager_chooses(story: Story) -> None:
    ana, dispute_id = partly_disputed(story)
    decided(story, dispute_id, "lost")
    refund_sends.work()
    (refund,) = rows()
    story.stripe.control("POST", f"refunds/{refund.stripe_id}/fail", {})
    refund_outcomes.look(str(refund.stripe_id), gateway=story.gateway, now=time_of.now())
    assert (owed(ana), shown(story)[0]) == ([(BACK, "owed")], REST)
    charge_id = db.session.scalars(sa.select(Charge.id)).one()
    by_hand = {"paid_at": story.place("sea").id, "by": SYSTEM, "now": time_of.now()}
    with pytest.raises(Refused, match="more than is still owed"):
        run_txn(
            lambda: refunds_by_hand.settle_otherwise(
                charge_id, tender="account_credit", amount_cents=REST + 1, **by_hand
            )
        )
    done = run_txn(lambda: refunds_by_hand.keep_all(charge_id, tender="account_credit", **by_hand))
    assert done == REST
    assert (owed(ana), booked(story, "account_credit", "sea")) == ([(BACK, "settled")], REST)
    assert booked(story, "refunds_due", "sea") == 0
    refund_sends.work()
    assert sent(story) == 0
    assert complaints(story) == []


def test_a_refund_on_its_way_when_the_bank_takes_it_all_is_kept_by_the_bank_after_all(
    story: Story,
) -> None:
    ana = given_back(story)
    story.stripe.control("POST", "faults", {"endpoint": "refunds.create", "kind": "429"})
    refund_sends.work()
    story.stripe.control("DELETE", "faults")
    assert [state for _, _, state in states()] == ["sending"]
    dispute_id = opened(story, ana)
    decided(story, dispute_id, "lost")
    assert booked(story, "refunds_due", "sea") == BACK, "it may have been sent"
    assert complaints(story) == []
    story.leases.advance(3_600_000)
    refund_sends.work()
    assert (states(), owed(ana)) == ([("card", BACK, "failed")], [(BACK, "settled")])
    assert (sent(story), booked(story, "refunds_due", "sea")) == (0, 0)
    assert booked(story, "dispute_losses", "sea") == -(10925 - BACK)
    assert shown(story) == (0, "Taken by the bank")
    assert complaints(story) == []


def _found_by_hand(story: Story) -> set[str]:
    """What the doctor says where a bank is said to keep more than it took; given up again."""
    found: set[str] = set()
    with suppress(ZeroDivisionError), transaction():
        unguarded()
        run(sa.update(KeptByBank).values(amount_cents=OVER + BACK))
        found = {one[:3] for one in complaints(story)}
        raise ZeroDivisionError
    return found
