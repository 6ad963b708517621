"""Story 19: what is unused of a pack goes back in money, by itself, to the card that paid it."""

from __future__ import annotations

from datetime import date

import pytest

from billing.models import CreditNote
from billing.refunds import refund_outcomes
from billing.refunds.refund_terms import Terms
from config import clock as time_of
from config.audit import Actor
from config.db import db
from config.errors import Refused
from tests.support.story import Person, Story
from tests.support.story_facts import booked, letters, taken
from tests.support.story_refunds import (
    buy,
    give_pack_back,
    granted,
    invoice_of,
    newest_pack,
    owed,
    payments,
    rows,
    send_all,
    sent_back,
    sound,
    states,
    wish,
)

REASON = Actor(None, "member")


def booster_one_used(story: Story) -> Person:
    """Bought at Tacoma for 90.00 and its tax beside a plan whose sessions are gone; used once."""
    story.go("2027-03-01 10:00", "tac")
    dora = story.join("Dora Lind", "MAINT-2", at="tac")
    for day in ("01", "02"):
        story.go(f"2027-03-{day} 11:00", "tac")
        story.come(dora)
    story.live("2027-03-04 10:00", "tac")
    buy(story, dora, "BOOSTER-3")
    story.come(dora)
    story.go("2027-03-09 15:00", "tac")
    return dora


def test_two_of_three_sessions_go_back_as_66_18_and_tacoma_keeps_what_it_gave(
    story: Story,
) -> None:
    dora = booster_one_used(story)
    pack = newest_pack(dora)
    assert booked(story, "earned_sessions", "tac") == 7900 + 3000
    found = give_pack_back(story, pack, REASON)
    assert (found.refund_cents, found.refund_tax_cents) == (6618, 618)
    assert found.refund_by == date(2027, 4, 8)
    assert owed(dora) == [(6618, "owed")]
    assert booked(story, "refunds_due", "tac") == 6618

    story.go("2027-03-09 15:01", "tac")
    story.tick()
    assert sent_back(story) == [6618]
    assert owed(dora) == [(6618, "settled")]
    assert payments(invoice_of(pack).id) == [("card", 9927, 6618)]
    assert booked(story, "refunds_due", "tac") == 0
    assert booked(story, "stripe_clearing", "tac", kind="refund_sent") == 6618
    assert booked(story, "earned_sessions", "tac") == 7900 + 3000
    assert booked(story, "deferred_sessions", "tac") == 0
    (letter,) = letters(dora, "refund_sent")
    assert letter.context["amount"] == "$66.18"
    (note,) = db.session.query(CreditNote).all()
    assert note.number.startswith("TAC")
    story.tick()
    assert sent_back(story) == [6618]
    assert sound(story) == []


def test_in_boise_where_no_law_asks_a_manager_grants_the_same_by_its_own_rate(
    story: Story,
) -> None:
    story.go("2027-07-01 10:00", "boi")
    ben = story.join("Ben Ito", "STARTER-3", at="boi")
    story.come(ben)
    story.live("2027-07-05 18:00", "boi")
    pack = newest_pack(ben)
    with pytest.raises(Refused) as refused:
        give_pack_back(story, pack, REASON)
    assert refused.value.code == "refund_not_offered"
    invoice = invoice_of(pack)
    found = granted(story, wish(invoice, Terms("unused", "card")), by="manager boi")
    # 9900 in three; of 594 tax two thirds
    assert (found.refund_cents, found.refund_tax_cents) == (6600 + 396, 396)
    send_all()
    assert sent_back(story) == [6996]
    assert payments(invoice.id) == [("card", 10494, 6996)]
    assert sound(story) == []


def test_all_of_a_used_pack_goes_back_and_what_was_earned_with_it_is_earned_no_more(
    story: Story,
) -> None:
    dora = booster_one_used(story)
    pack = newest_pack(dora)
    found = granted(story, wish(invoice_of(pack), Terms("whole", "card")), by="manager tac")
    assert (found.refund_cents, found.kept_cents) == (9927, 0)
    send_all()
    assert sent_back(story) == [9927]
    assert booked(story, "earned_sessions", "tac") == 7900  # the plan's alone
    assert booked(story, "concessions", "tac") == 0
    assert sound(story) == []


def test_goodwill_leaves_the_sessions_and_the_unused_rest_is_not_paid_twice(story: Story) -> None:
    dora = booster_one_used(story)
    pack = newest_pack(dora)
    invoice = invoice_of(pack)
    found = granted(story, wish(invoice, Terms("goodwill", "card", (), 5000)), by="manager tac")
    assert found.refund_cents == 5000
    assert booked(story, "concessions", "tac") == -(5000 - found.refund_tax_cents)
    assert booked(story, "deferred_sessions", "tac") == 6000
    story.come(dora)
    story.go("2027-03-11 15:00", "tac")
    rest = give_pack_back(story, newest_pack(dora), REASON)
    assert rest.refund_cents == 3309  # of the last session, 3000 and a third of 927
    send_all()
    assert sent_back(story) == [5000, 3309]
    assert payments(invoice.id) == [("card", 9927, 8309)]
    assert sound(story) == []


def test_goodwill_for_all_of_it_leaves_nothing_to_send_when_the_pack_ends(story: Story) -> None:
    dora = booster_one_used(story)
    pack = newest_pack(dora)
    granted(story, wish(invoice_of(pack), Terms("goodwill", "card")))
    rest = give_pack_back(story, newest_pack(dora), REASON)
    assert rest.refund_cents == 0
    send_all()
    assert sent_back(story) == [9927]
    assert booked(story, "deferred_sessions", "tac") == 0
    assert booked(story, "concessions", "tac") == -3000  # the session that was given
    assert sound(story) == []


def test_what_a_member_wants_as_credit_is_theirs_at_once_and_nothing_goes_to_the_card(
    story: Story,
) -> None:
    dora = booster_one_used(story)
    pack = newest_pack(dora)
    granted(story, wish(invoice_of(pack), Terms("unused", "account_credit")), by="manager tac")
    send_all()
    assert states() == [("account_credit", 6618, "succeeded")]
    assert sent_back(story) == []
    assert booked(story, "account_credit", "tac") == 6618
    assert owed(dora) == [(6618, "settled")]
    assert sound(story) == []


def test_refund_that_the_bank_sends_back_is_owed_again_and_the_member_is_told(
    story: Story,
) -> None:
    dora = booster_one_used(story)
    give_pack_back(story, newest_pack(dora), REASON)
    send_all()
    (refund,) = rows()
    story.go("2027-03-12 09:00", "tac")
    story.stripe.control("POST", f"refunds/{refund.stripe_id}/fail", {})
    for _ in range(2):
        assert refund_outcomes.look(str(refund.stripe_id), gateway=story.gateway, now=time_of.now())
    assert states() == [("card", 6618, "failed")]
    assert owed(dora) == [(6618, "owed")]
    assert booked(story, "refunds_due", "tac") == 6618
    assert booked(story, "stripe_clearing", "tac", on=date(2027, 3, 12)) == -6618
    (letter,) = letters(dora, "refund_failed")
    assert letter.context["amount"] == "$66.18"
    assert sent_back(story) == []  # the card refused it: a person finds another way
    assert sound(story) == []


def test_it_waits_while_stripe_is_short_of_money_and_is_owed_until_it_has_left(
    story: Story,
) -> None:
    dora = booster_one_used(story)
    story.stripe.control("POST", "refunds/hold", {"times": 1})
    give_pack_back(story, newest_pack(dora), REASON)
    send_all()
    (refund,) = rows()
    assert (refund.state, owed(dora)) == ("pending", [(6618, "owed")])
    assert booked(story, "refunds_due", "tac") == 6618
    assert sound(story) == []
    story.stripe.control("POST", f"refunds/{refund.stripe_id}/settle", {})
    story.leases.advance(7 * 3_600_000)
    send_all()
    assert (states()[0][2], owed(dora)) == ("succeeded", [(6618, "settled")])
    assert sent_back(story) == [6618]
    assert taken(story)[-1] == 9927
    assert sound(story) == []
