"""Two records of one person become one: told with their plan, card, invoices and sign-ins."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from billing import merging
from billing.invoices import statements
from billing.models import StripeCustomer
from config import clock as time_of
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from config.models import AuditEntry
from membership.agreements import consents, documents
from membership.credits import credits
from membership.models import Member, MemberMerge, Visit
from membership.people import member_search, members
from membership.people import merging as records
from membership.plans import membership_rows
from tests.support.story import Person, Story
from tests.support.story_facts import complaints, pack, plans, taken


def merge(story: Story, kept: Person, other: Person, reason: str = "showed her passport") -> None:
    """The owner says that two records are one person's."""
    owner = story.studio.staff["owner"]
    run_txn(
        lambda: merging.merge(
            kept_id=kept.member_id,
            merged_id=other.member_id,
            reason=reason,
            by=Actor(owner.id, owner.name),
            now=time_of.now(),
        )
    )


def customer_of(who: Person) -> str:
    """Which customer at Stripe pays for this record."""
    query = sa.select(StripeCustomer.customer_id).where(StripeCustomer.member_id == who.member_id)
    return db.session.scalars(query).one()


def test_plan_sessions_visits_and_invoices_of_the_other_record_are_read_with_the_kept_one(
    story: Story,
) -> None:
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2", card="pm_card_amex")
    anna = story.join("Anna Moore", "MAINT-4", at="boi", card="pm_card_mastercard")
    story.come(ana)
    story.go("2027-01-05 10:00")
    story.come(anna)
    paying = customer_of(anna)
    planned = records.preview(kept_id=ana.member_id, merged_id=anna.member_id, on=date(2027, 1, 5))
    assert (planned.packs, planned.visits, planned.sessions_left) == (0, 1, 3)
    assert planned.has_plan

    merge(story, ana, anna)
    assert credits.balance(ana.member_id, date(2027, 1, 5)) == 5
    assert credits.balance(anna.member_id, date(2027, 1, 5)) == 0
    seen = sa.select(sa.func.count()).where(Visit.member_id == ana.member_id)
    assert db.session.scalar(seen) == 2
    assert len(statements.of_member(ana.member_id, page=1).rows) == 2
    assert len(consents.of_member(ana.member_id)) == 2
    assert len(documents.of_member(ana.member_id)) == 4
    for account_id in (ana.account_id, anna.account_id):
        found = members.of_account(account_id)
        assert found is not None
        assert found.id == ana.member_id
    assert customer_of(ana) == paying, "the card goes with the plan"
    assert complaints(story) == []

    for _ in range(31):
        story.go_to(time_of.now() + timedelta(days=1))
        story.work("sea", "boi")
    assert taken(story) == [10925, 14734, 14734]
    assert [plan.status for plan in plans(ana)] == ["active"]
    assert [one.state for one in consents.of_member(ana.member_id)].count("lapsed") == 1
    assert complaints(story) == []


def test_two_live_plans_are_refused_until_one_has_ended(story: Story) -> None:
    ana = story.join("Ana Mora", "MAINT-2")
    anna = story.join("Anna Moore", "MAINT-4", at="phx")
    with pytest.raises(Refused) as refused:
        merge(story, ana, anna)
    assert refused.value.code == "two_plans"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MemberMerge)) == 0
    story.cancel(anna)
    story.live("2027-02-04 10:00", "phx")
    story.live("2027-02-04 11:00", "sea")
    merge(story, ana, anna)
    live = membership_rows.live_for(ana.member_id)
    assert live is not None
    assert [plan.status for plan in plans(ana)] == ["active", "ended"]
    assert complaints(story) == []


def test_a_record_that_owes_something_waits_for_its_payment(story: Story) -> None:
    ana = story.join("Ana Mora", "STARTER-3")
    anna = story.join("Anna Moore", "MAINT-2")
    story.bank_says(anna, {"outcome": "insufficient_funds", "times": 9})
    story.live("2027-02-04 12:00")
    with pytest.raises(Refused) as refused:
        merge(story, ana, anna)
    assert refused.value.code == "open_invoice"
    assert pack(ana).member_id == ana.member_id


def test_one_record_is_not_merged_with_itself_nor_twice(story: Story) -> None:
    ana, anna, third = (
        story.join(name, "STARTER-3") for name in ("Ana Mora", "Anna Moore", "Ann Mohr")
    )
    with pytest.raises(Refused) as itself:
        merge(story, ana, ana)
    assert itself.value.code == "same_record"
    merge(story, anna, third)
    for pair in ((ana, third), (third, ana)):
        with pytest.raises(Refused) as twice:
            merge(story, *pair)
        assert twice.value.code == "same_record"
    merge(story, ana, anna)
    into = sa.select(Member.merged_into_id).where(Member.merged_into_id.is_not(None))
    assert set(db.session.scalars(into)) == {ana.member_id}
    found = members.of_account(third.account_id)
    assert found is not None
    assert found.id == ana.member_id
    assert complaints(story) == []


def test_a_desk_finds_the_kept_record_by_any_key_of_the_other_one(story: Story) -> None:
    ana, anna = story.join("Ana Mora", "STARTER-3"), story.join("Anna Moore", "STARTER-3")
    code = db.session.get_one(Member, anna.member_id).check_in_code
    merge(story, ana, anna)
    asked = {"location_ids": [story.place("sea").id], "jurisdiction": "US-WA",
             "on": date(2027, 1, 4)}  # fmt: skip
    for key in (anna.email, code):
        assert [one.member_id for one in member_search.search(key, **asked, limit=9)] == [
            ana.member_id
        ]
    assert [one.name for one in member_search.search("Moore", **asked, limit=9)] == []
    assert member_search.seen_from(anna.member_id, key="", **asked).member_id == ana.member_id
    by_code = members.by_code(code)
    assert by_code is not None
    assert by_code.id == ana.member_id


def test_the_reason_is_in_the_journal(story: Story) -> None:
    ana, anna = story.join("Ana Mora", "STARTER-3"), story.join("Anna Moore", "STARTER-3")
    merge(story, ana, anna, "same passport")
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "member.merged")
    ).one()
    assert entry.subject_id == ana.member_id
    assert entry.facts == {"merged_id": str(anna.member_id), "reason": "same passport"}
