"""What the doctor promises about refunds, each promise broken once by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing.invariants.doctor_refunds import refund_findings
from billing.models import Invoice, Payment, Refund
from billing.refunds.refund_terms import Terms
from config import clock as time_of
from config.db import db, run_txn
from membership.models import Charge
from tests.support.story import Person, Story
from tests.support.story_facts import complaints
from tests.support.story_refunds import granted, newest_invoice, rows, send_all, sound, wish

LONG_AGO = timedelta(hours=21)


def given_back(story: Story) -> Person:
    """20.00 of a starter, sent back to the card."""
    story.go("2027-01-04 10:00")
    ana = story.join("Ana Mora", "STARTER-3")
    granted(story, wish(newest_invoice(ana), Terms("goodwill", "card", (), 2000)))
    send_all()
    assert sound(story) == []
    return ana


@pytest.mark.parametrize("code", ["L12", "R1", "R2", "R3", "R4"])
def test_a_broken_promise_about_refunds_is_found_by_its_name(story: Story, code: str) -> None:
    given_back(story)
    broken = {
        "L12": sa.update(Charge).values(state="owed", net_cents=-3000),
        "R1": sa.update(Payment).values(refunded_cents=1999),
        "R2": sa.update(Charge).values(net_cents=-1000, tax_cents=0),
        "R3": sa.update(Refund).values(state="failed"),
        "R4": sa.update(Refund).values(state="sending", sent_at=time_of.now() - LONG_AGO),
    }
    run_txn(lambda: db.session.execute(broken[code]))
    assert any(one.startswith(f"{code}:") for one in complaints(story))


def test_refunds_due_that_nobody_is_owed_are_found(story: Story) -> None:
    given_back(story)
    gone = sa.update(Invoice).values(refunds_owed_cents=0, credited_cents=0)
    run_txn(lambda: db.session.execute(gone))
    assert any(one.startswith("L12:") for one in complaints(story))


def test_refund_that_only_one_side_knows_is_found(story: Story) -> None:
    given_back(story)
    (refund,) = rows()
    later = time_of.now() + timedelta(minutes=1)
    story.gateway.create_refund(
        key="by hand", charge_id=_charge_id(), amount_cents=100, metadata={}
    )
    (stranger,) = refund_findings(story.gateway, asked_at=later)
    assert "nothing of ours says so" in stranger
    run_txn(lambda: db.session.execute(sa.update(Refund).values(stripe_id="re_lost")))
    found = list(refund_findings(story.gateway, asked_at=later))
    assert any(f"refund {refund.id}" in one for one in found)


def test_refund_that_failed_at_stripe_and_not_with_us_is_found(story: Story) -> None:
    given_back(story)
    (refund,) = rows()
    story.stripe.control("POST", f"refunds/{refund.stripe_id}/fail", {})
    (found,) = refund_findings(story.gateway, asked_at=time_of.now() + timedelta(minutes=1))
    assert "is failed, we wrote 2000 USD and succeeded" in found


def _charge_id() -> str:
    return str(db.session.scalars(sa.select(Payment.charge_id)).one())
