"""A form about money that goes back, sent twice: one refund, and one line about who gave it."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from billing.refunds.refund_terms import Terms
from config.db import db
from config.models import AuditEntry
from tests.support.story import Story
from tests.support.story_refunds import granted, newest_invoice, owed, wish


def test_a_form_that_is_sent_twice_gives_back_once_and_is_written_down_once(story: Story) -> None:
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    wanted = wish(newest_invoice(ana), Terms("goodwill", "card", (), 5000))
    first = granted(story, wanted, by="manager sea")
    again = granted(story, wanted, by="manager sea")
    assert first.refund_cents == again.refund_cents == 5000
    assert owed(ana) == [(5000, "owed")]
    assert _written_down() == 1
    granted(story, replace(wanted, key=wanted.invoice_id), by="manager sea")
    assert (owed(ana), _written_down()) == ([(5000, "owed"), (5000, "owed")], 2)


def _written_down() -> int:
    kept = sa.select(AuditEntry.id).where(AuditEntry.action == "refund.granted")
    return len(db.session.scalars(kept).all())
