"""A joining fee: a second line on the first period's invoice, named before, and never again."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from billing.joining import choices
from billing.models import Invoice, InvoiceLine
from config import clock as time_of
from config.calendar import Interval
from config.db import db, run_txn
from membership.catalogue import plan_names, product_versions
from membership.rules.catalog import PlanPriceTag
from tests.support.story import Person, Story
from tests.support.story_facts import bills, booked, complaints, taken, the_consent


def asks_for_a_fee(story: Story, slug: str, cents: int) -> None:
    """MAINT-2 asks for it at this studio from today on."""
    run_txn(
        lambda: product_versions.new_plan_version(
            plan_names.plan_of(story.studio.plans["MAINT-2"]),
            interval=Interval(1, "month"),
            allowance=2,
            rollover_cap=2,
            rollover_periods=1,
            prices={story.place(slug).id: PlanPriceTag(7900, 3500, cents, 1000)},
            effective_from=story.today(slug),
        )
    )


def lines(who: Person) -> list[tuple[str, int, int, str]]:
    found = db.session.scalars(
        sa.select(InvoiceLine)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.member_id == who.member_id, Invoice.reason == "first_period")
        .order_by(InvoiceLine.n)
    )
    return [
        (one.product_class, one.net_cents, one.tax_cents, one.liability_account) for one in found
    ]


def test_fee_of_25_dollars_comes_with_the_first_period_and_is_earned_at_once(
    story: Story,
) -> None:
    story.go("2027-05-10 10:00")
    asks_for_a_fee(story, "sea", 2500)
    on_sale = choices.plans_on_sale(story.place("sea"), now=time_of.now())
    (shown,) = [one for one in on_sale if one.terms.code == "MAINT-2"]
    assert shown.amounts.total_cents == 8718 + 2759
    ana = story.join("Ana Mora", "MAINT-2")
    assert lines(ana) == [
        ("plan", 7900, 818, "deferred_sessions"), ("fee", 2500, 259, "fees")
    ]  # fmt: skip
    assert "a joining fee of $25.00 plus tax, once" in the_consent(ana).text
    assert taken(story) == [shown.amounts.total_cents]
    assert booked(story, "fees", "sea") == 2500
    assert booked(story, "deferred_sessions", "sea") == 7900
    story.live("2027-06-11 12:00")
    assert [bill.total_cents for bill in bills(ana)] == [11477, 8718]
    assert complaints(story) == []


def test_conversion_at_boise_brings_it_with_its_first_charge(story: Story) -> None:
    story.go("2027-01-04 12:00", "boi")
    asks_for_a_fee(story, "boi", 1999)
    ben = story.join("Ben Ito", "STARTER-3", at="boi", agrees_to="MAINT-2")
    story.come(ben)
    story.live("2027-02-15 12:00", "boi")
    assert lines(ben) == [("plan", 7900, 474, "deferred_sessions"), ("fee", 1999, 120, "fees")]
    assert [(b.issued_on, b.total_cents) for b in bills(ben)[1:]] == [
        (date(2027, 1, 14), 10493), (date(2027, 2, 14), 8374)
    ]  # fmt: skip
    assert complaints(story) == []
