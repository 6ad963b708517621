"""Story 10: a payment is declined, tried again as the networks allow, and paid by a new card."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from billing.cards import cards
from billing.models import CardSetup, Dunning, Invoice, Payment, PaymentAttempt, StripeCustomer
from billing.payments import tries
from billing.recovery import why_unpaid
from config import clock as time_of
from config.db import db
from tests.support.story import NINE, Person, Story
from tests.support.story_facts import bills, complaints, letters, plans, taken

WAIT_TWO_DAYS = {"outcome": "insufficient_funds", "network_advice_code": "26"}
JUNE = {n: date(2027, 6, n) for n in range(1, 31)}
EARLY_AND_NINE = (time(0, 30), time(9), time(20))


def with_a_plan(story: Story, plan: str, begun: str, *, at: str) -> Person:
    """Somebody who joined with a plan; the bank has said yes to the first period."""
    story.go(begun, at)
    return story.join("Ida Berg", plan, at=at)


def new_card(story: Story, who: Person, token: str = "pm_card_mastercard") -> str:
    """Enter another card on Stripe's page; the page's session, to come back from."""
    place = story.place(who.home)
    cards.update_url(who.member_id, location=place, gateway=story.gateway, now=time_of.now())
    newest = sa.select(CardSetup.session_id).order_by(CardSetup.id.desc()).limit(1)
    session_id = str(db.session.scalars(newest).one())
    story.stripe.control("POST", f"checkout/{session_id}/complete_setup", {"token": token})
    return session_id


def comes_back(story: Story, session_id: str) -> None:
    cards.finish_setup(session_id, gateway=story.gateway, now=time_of.now())


def recovery(who: Person) -> Dunning:
    query = (
        sa.select(Dunning)
        .join(Invoice, Invoice.id == Dunning.invoice_id)
        .where(Invoice.member_id == who.member_id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one()


def tried(who: Person) -> list[tuple[date, str]]:
    """The days on which the open invoice was tried without the member, and what came of it."""
    query = (
        sa.select(PaymentAttempt.sent_at, PaymentAttempt.state)
        .join(Dunning, Dunning.invoice_id == PaymentAttempt.invoice_id)
        .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
        .where(Invoice.member_id == who.member_id, PaymentAttempt.sent_at.is_not(None))
        .order_by(PaymentAttempt.n)
    )
    zone = ZoneInfo("America/Los_Angeles")
    rows = db.session.execute(query)
    return [(at.astimezone(zone).date(), state) for at, state in rows if at is not None]


def test_june_at_tacoma_is_declined_tried_again_on_the_3rd_and_paid_by_a_new_card_on_the_5th(
    story: Story,
) -> None:
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.live("2027-05-31 21:00", "tac")
    story.bank_says(ida, WAIT_TWO_DAYS | {"times": 2})
    story.live("2027-06-02 22:00", "tac")
    assert [(one.issued_on, one.total_cents, one.state) for one in bills(ida)][1:] == [
        (JUNE[1], 8714, "open")
    ]
    found = recovery(ida)
    assert (found.decline_class, found.advice_code) == ("wait", "26")
    assert (found.tries, found.next_try_on, found.amount_cents) == (1, JUNE[3], 8714)

    story.live("2027-06-03 22:00", "tac")
    assert (recovery(ida).tries, recovery(ida).next_try_on) == (2, JUNE[6])
    story.go("2027-06-04 18:00", "tac")
    visit = story.come(ida)
    assert visit.business_date == JUNE[4]
    assert plans(ida)[0].status == "grace"
    said = "Payment failed: too little on the card. Next try Sun, Jun 6."
    assert why_unpaid.of_members([ida.member_id]) == {ida.member_id: said}

    story.go("2027-06-05 20:10", "tac")
    comes_back(story, new_card(story, ida))
    assert tried(ida) == [(JUNE[1], "failed"), (JUNE[3], "failed"), (JUNE[5], "succeeded")]
    assert why_unpaid.of_members([ida.member_id]) == {}
    story.live("2027-06-30 22:00", "tac", looks=NINE)
    assert (recovery(ida).state, recovery(ida).recovered_by) == ("recovered", "new_card")
    assert taken(story) == [8714, 8714]
    (plan,) = plans(ida)
    assert (plan.status, plan.anchor.day, plan.next_due_on) == ("active", 1, date(2027, 7, 1))
    assert complaints(story) == []


def test_three_more_tries_follow_on_the_3rd_6th_and_10th_and_then_no_more(story: Story) -> None:
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.live("2027-05-31 21:00", "tac")
    story.bank_says(ida, WAIT_TWO_DAYS)
    story.live("2027-06-25 22:00", "tac", looks=EARLY_AND_NINE)
    assert [on for on, _ in tried(ida)] == [JUNE[1], JUNE[3], JUNE[6], JUNE[10]]
    assert (recovery(ida).state, recovery(ida).next_try_on) == ("open", None)
    told = [letter.context["next_try_on"] for letter in letters(ida, "payment_failed")]
    assert told == ["2027-06-03", "2027-06-06", "2027-06-10", None]
    assert complaints(story) == []


def test_a_retry_is_at_nine_in_boise_where_the_card_was_short_on_the_15th_of_october(
    story: Story,
) -> None:
    ida = with_a_plan(story, "MAINT-4", "2027-09-15 10:00", at="boi")
    story.live("2027-10-14 21:00", "boi")
    story.bank_says(ida, {"outcome": "insufficient_funds", "times": 1})
    story.live("2027-10-16 23:00", "boi", looks=EARLY_AND_NINE)
    assert recovery(ida).next_try_on == date(2027, 10, 17)
    story.live("2027-10-17 08:59", "boi", looks=EARLY_AND_NINE)
    assert taken(story) == [14734]
    story.live("2027-10-17 09:01", "boi", looks=EARLY_AND_NINE)
    assert taken(story) == [14734, 14734]
    assert (recovery(ida).recovered_by, plans(ida)[0].status) == ("retry", "active")
    query = sa.select(Payment.received_at).order_by(Payment.id.desc()).limit(1)
    at_nine = datetime(2027, 10, 17, 15, tzinfo=UTC)
    assert 0 <= (db.session.scalars(query).one() - at_nine).total_seconds() <= 60
    assert complaints(story) == []


def test_retries_stay_at_nine_on_the_wall_across_the_night_that_is_an_hour_longer(
    story: Story,
) -> None:
    ida = with_a_plan(story, "MAINT-2", "2027-10-06 10:00", at="sea")
    story.live("2027-11-05 21:00")
    story.bank_says(ida, {"outcome": "insufficient_funds"})
    story.live("2027-11-12 21:00", looks=EARLY_AND_NINE)
    assert [on.day for on, _ in tried(ida)] == [6, 8, 11]
    zone = ZoneInfo("America/Los_Angeles")
    query = sa.select(PaymentAttempt.not_before).where(PaymentAttempt.n.in_((2, 3)))
    walls = {at.astimezone(zone).time() for at in db.session.scalars(query)}
    assert walls == {time(9)}


def test_a_card_that_its_bank_will_never_accept_is_asked_once_and_no_more(story: Story) -> None:
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.live("2027-05-31 21:00", "tac")
    story.bank_says(ida, {"outcome": "stolen_card"})
    story.live("2027-06-12 22:00", "tac")
    assert [on for on, _ in tried(ida)] == [JUNE[1]]
    assert (recovery(ida).decline_class, recovery(ida).next_try_on) == ("hard", None)
    (letter,) = letters(ida, "payment_failed")
    assert letter.context["next_try_on"] is None
    assert letter.context["reason"] == "your bank does not take this card any more"
    assert "stolen" not in str(letter.context)
    (said,) = why_unpaid.of_members([ida.member_id]).values()
    assert said == (
        "Payment failed: the bank does not take this card any more. Please ask for another card."
    )
    customer = db.session.scalars(sa.select(StripeCustomer)).one()
    assert customer.card_refused_code == "stolen_card"

    story.bank_says(ida, {"outcome": "approved"})
    comes_back(story, new_card(story, ida))
    assert (recovery(ida).state, recovery(ida).recovered_by) == ("recovered", "new_card")
    assert plans(ida)[0].status == "active"
    assert complaints(story) == []


def test_another_card_is_asked_once_at_once_and_a_decline_of_it_keeps_the_last_planned_try(
    story: Story,
) -> None:
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.live("2027-05-31 21:00", "tac")
    story.bank_says(ida, {"outcome": "insufficient_funds"})
    story.live("2027-06-05 20:10", "tac")
    comes_back(story, new_card(story, ida))
    assert [on for on, _ in tried(ida)] == [JUNE[1], JUNE[3], JUNE[5]]
    assert (recovery(ida).tries, recovery(ida).next_try_on) == (3, JUNE[10])
    made = tries.of_invoice(recovery(ida).invoice_id)
    assert (len(made.made), made.next_on) == (3, JUNE[10])


def test_a_bank_that_asks_for_the_member_is_answered_by_a_new_card_at_once(story: Story) -> None:
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.live("2027-05-31 21:00", "tac")
    story.bank_says(ida, {"outcome": "authentication_required", "times": 1})
    story.live("2027-06-02 22:00", "tac")
    found = recovery(ida)
    assert (found.decline_class, found.tries, found.next_try_on) == ("authentication", 1, None)
    assert plans(ida)[0].status == "grace"
    comes_back(story, new_card(story, ida))
    assert (recovery(ida).state, recovery(ida).recovered_by) == ("recovered", "new_card")
    assert taken(story) == [8714, 8714]
    assert complaints(story) == []


def test_a_link_that_nobody_opens_for_a_week_ends_its_try_and_the_next_one_is_planned(
    story: Story,
) -> None:
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.live("2027-05-31 21:00", "tac")
    story.bank_says(ida, {"outcome": "authentication_required", "times": 1})
    story.live("2027-06-09 09:30", "tac")
    story.leases.advance(_days_in_ms(8))
    story.go("2027-06-09 10:00", "tac")
    story.tick()
    found = recovery(ida)
    assert (found.state, found.tries, found.next_try_on) == ("open", 1, JUNE[11])
    states = sa.select(PaymentAttempt.state).where(PaymentAttempt.invoice_id == found.invoice_id)
    assert db.session.scalars(states).all() == ["failed"]
    story.live("2027-06-12 22:00", "tac")
    assert (recovery(ida).state, recovery(ida).recovered_by) == ("recovered", "retry")
    assert taken(story) == [8714, 8714]
    assert complaints(story) == []


def _days_in_ms(days: int) -> int:
    return days * 86_400_000
