"""Letters about refunds: twice, out of order, days late, about strangers' money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from billing.gateway.letters import Letter
from billing.letters import letters
from billing.models import Invoice, Parked, Payment, WebhookEvent
from billing.refunds.refund_terms import Terms
from config import clock as time_of
from config.db import db, run_txn
from membership.models import Charge
from tests.support.story import Person, Story
from tests.support.story_facts import booked
from tests.support.story_facts import letters as mails
from tests.support.story_refunds import (
    granted,
    newest_invoice,
    owed,
    rows,
    send_all,
    sent_back,
    sound,
    states,
    wish,
)


@pytest.fixture
def ana(story: Story) -> Person:
    """Somebody to whom 20.00 of a starter was sent back."""
    story.go("2027-01-04 10:00")
    who = story.join("Ana Mora", "STARTER-3")
    granted(story, wish(newest_invoice(who), Terms("goodwill", "card", (), 2000)))
    return who


def bring(story: Story, kind: str, object_id: str, *, n: int = 1, **metadata: str) -> None:
    """A letter arrives, verified; it is opened on the next tick."""
    payload: dict[str, Any] = {"id": f"evt_{kind}_{n}", "type": kind, "metadata": metadata}
    letter = Letter(f"evt_{kind}_{object_id}_{n}"[:80], kind, object_id, False, payload)
    run_txn(
        lambda: letters.keep(
            letter, stripe_account="default", expects_live=False, now=time_of.now()
        )
    )


def opened(story: Story) -> dict[str, int]:
    return dict(letters.open_waiting(time_of.now(), 100, story.gateway))


def charge_of(invoice: Invoice) -> str:
    query = sa.select(Payment.charge_id).where(Payment.invoice_id == invoice.id)
    return str(db.session.scalars(query).one())


def test_letters_that_come_before_our_own_answer_twice_and_again_settle_once(
    story: Story, ana: Person
) -> None:
    lost = {"endpoint": "refunds.create", "kind": "500_after", "times": 1}
    story.stripe.control("POST", "faults", lost)
    send_all()
    assert states() == [("card", 2000, "sending")]
    story.stripe.control("DELETE", "faults")
    (made,) = story.gateway.refunds_of(charge_of(newest_invoice(ana)))
    for n, kind in enumerate(("charge.refunded", "refund.created", "refund.updated"), start=1):
        about = made.charge_id if kind == "charge.refunded" else made.id
        bring(story, kind, str(about), n=n, refund=str(made.metadata["refund"]))
        bring(story, kind, str(about), n=n, refund=str(made.metadata["refund"]))
    assert opened(story) == {"done": 3}
    assert states() == [("card", 2000, "succeeded")]
    assert len(mails(ana, "refund_sent")) == 1
    send_all()
    assert sent_back(story) == [2000]
    assert sound(story) == []


def test_bank_that_sends_it_back_three_days_later_is_believed_once_in_any_order(
    story: Story, ana: Person
) -> None:
    send_all()
    (refund,) = rows()
    story.go("2027-01-07 09:00")
    story.stripe.control("POST", f"refunds/{refund.stripe_id}/fail", {})
    story.go("2027-01-10 09:00")
    bring(story, "refund.failed", str(refund.stripe_id))
    bring(story, "refund.created", str(refund.stripe_id))  # the older one comes last
    assert opened(story) == {"done": 2}
    assert states() == [("card", 2000, "failed")]
    assert owed(ana) == [(2000, "owed")]
    assert booked(story, "refunds_due", "sea") == 2000
    assert len(mails(ana, "refund_failed")) == 1
    assert sound(story) == []


def test_refund_made_in_the_dashboard_waits_for_a_person(story: Story, ana: Person) -> None:
    charge_id = charge_of(newest_invoice(ana))
    made = story.gateway.create_refund(
        key="by hand", charge_id=charge_id, amount_cents=100, metadata={}
    )
    bring(story, "refund.created", made.id)
    bring(story, "charge.refunded", charge_id)
    assert opened(story) == {"parked": 2}
    assert set(db.session.scalars(sa.select(Parked.code))) == {"by_hand"}
    assert states() == []


def test_letter_with_our_key_for_a_refund_we_do_not_know_is_looked_at_again(
    story: Story, ana: Person
) -> None:
    made = story.gateway.create_refund(
        key="re:from a newer backup",
        charge_id=charge_of(newest_invoice(ana)),
        amount_cents=2000,
        metadata={"refund": str(UUID(int=9)), "promise": str(_promise(ana))},
    )
    bring(story, "refund.created", made.id, refund=str(UUID(int=9)))
    assert opened(story) == {"parked": 1}
    send_all()  # adopts it
    story.go_to(time_of.now() + timedelta(hours=7))
    assert opened(story) == {"done": 1}
    assert states() == [("card", 2000, "succeeded")]
    assert sent_back(story) == [2000]
    assert db.session.scalars(sa.select(Parked).where(Parked.resolved_at.is_(None))).all() == []
    assert sound(story) == []


def test_letter_about_nothing_at_stripe_is_parked(story: Story, ana: Person) -> None:
    bring(story, "refund.updated", "re_nowhere")
    bring(story, "charge.refunded", "ch_nowhere")
    assert sum(opened(story).values()) == 2
    assert db.session.scalars(sa.select(WebhookEvent.state)).all().count("done") <= 1
    assert states() == []


def _promise(who: Person) -> UUID:
    query = sa.select(Charge.id).where(Charge.member_id == who.member_id)
    return db.session.scalars(query).one()
