"""The doctor sees a refused card planned again, tries without end, and untold recoveries."""

from __future__ import annotations

import sqlalchemy as sa

from billing.models import Dunning, PaymentAttempt
from config import clock as time_of
from config.db import db, insert_many, run_txn
from config.ids import new_id
from tests.stories.test_10_declined import JUNE, recovery, with_a_plan
from tests.support.story import Person, Story
from tests.support.story_facts import complaints


def refused(story: Story) -> Person:
    """Somebody whose card will never be accepted again."""
    ida = with_a_plan(story, "MAINT-2", "2027-05-01 10:00", at="tac")
    story.live("2027-05-31 21:00", "tac")
    story.bank_says(ida, {"outcome": "lost_card"})
    story.live("2027-06-02 22:00", "tac")
    assert complaints(story) == []
    return ida


def written(**values: object) -> None:
    run_txn(lambda: db.session.execute(sa.update(Dunning).values(**values)))


def test_a_refused_card_that_is_planned_again_is_found(story: Story) -> None:
    refused(story)
    written(next_try_on=JUNE[20])
    assert [one[:2] for one in complaints(story)] == ["C7"]


def test_more_than_fifteen_tries_of_one_invoice_are_found(story: Story) -> None:
    ida = refused(story)
    first = db.session.scalars(
        sa.select(PaymentAttempt).where(PaymentAttempt.invoice_id == recovery(ida).invoice_id)
    ).one()
    same = {"invoice_id": first.invoice_id, "location_id": first.location_id, "looks": 0}
    same |= {"kind": "off_session", "state": "failed", "not_before": first.not_before}
    now = time_of.now()
    more = [{"id": new_id(), "n": n, "created_at": now, **same} for n in range(2, 17)]
    run_txn(lambda: insert_many(PaymentAttempt, more))
    assert any("was tried 16 times" in one for one in complaints(story))


def test_a_recovery_that_is_not_told_or_not_paid_is_found(story: Story) -> None:
    refused(story)
    written(state="recovered", recovered_by="retry")
    assert [one[:2] for one in complaints(story)] == ["C8"]
    written(state="open")
    assert [one[:2] for one in complaints(story)] == ["C8"]
