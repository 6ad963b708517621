"""Story 8: another plan the day before its renewal, now or with it; never both are billed."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from billing import changing
from config import clock as time_of
from config.audit import Actor
from config.db import db
from membership import change_quotes, changes
from membership.change_consents import Proof
from membership.change_quotes import Quote
from membership.models import CreditGrant, Membership
from tests.support.story import ADDRESS, AGENT, Person, Story
from tests.support.story_facts import bills, booked, complaints, movements, plans, taken

MAINT_2, MAINT_4 = 8718, 15339  # a whole month at Seattle, tax included


def quoted(story: Story, who: Person, to: str) -> Quote:
    plan = plans(who)[0]
    return change_quotes.quote(plan, story.studio.plans[to], on=story.today(who.home))


def proof(who: Person, text: str | None) -> Proof:
    assert text is not None
    return Proof(Actor(who.account_id, "member"), text, ADDRESS, AGENT)


def change_now(story: Story, who: Person, to: str) -> str | None:
    """Press the button of today; the card page, if there is anything to pay."""
    page = changing.change_now(
        plans(who)[0].id,
        to_version_id=story.studio.plans[to],
        proof=proof(who, quoted(story, who, to).now_text),
        gateway=story.gateway,
        now=time_of.now(),
    )
    db.session.rollback()
    return page


def change_later(story: Story, who: Person, to: str) -> None:
    changing.change_at_renewal(
        plans(who)[0].id,
        to_version_id=story.studio.plans[to],
        proof=proof(who, quoted(story, who, to).renewal_text),
        gateway=story.gateway,
        now=time_of.now(),
    )


def member_since_may_10(story: Story) -> Person:
    story.go("2027-05-10 10:00")
    return story.join("Ana Mora", "MAINT-2")


def test_both_ways_are_quoted_on_june_9(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-09 12:00")
    found = quoted(story, ana, "MAINT-4")
    assert found.now is not None
    assert (found.now.back.net_cents, found.now.back.tax_cents) == (-255, -26)
    assert (found.now.taken.net_cents, found.now.taken.tax_cents) == (448, 46)
    assert (found.now.total_cents, found.now.extra_credits) == (213, 0)
    assert (found.now.days, found.now.of_days) == (1, 31)
    assert (found.renewal.on, found.renewal.charge.total_cents) == (date(2027, 6, 10), MAINT_4)


def test_ana_upgrades_now_pays_213_and_15339_the_next_day(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-09 12:00")
    page = change_now(story, ana, "MAINT-4")
    assert page is not None
    story.pay(page)
    assert taken(story) == [MAINT_2, 213]
    assert plans(ana)[0].price_cents == 13900
    assert movements(ana, "revalue") == [(date(2027, 6, 9), 0, 193)]
    assert complaints(story) == []
    story.live("2027-06-12 12:00")
    assert taken(story) == [MAINT_2, 213, MAINT_4]
    assert [bill.reason for bill in bills(ana)] == ["first_period", "change", "renewal"]
    assert all(bill.consent_id == plans(ana)[0].consent_id for bill in bills(ana)[1:])
    assert complaints(story) == []


def test_ana_upgrades_with_the_renewal_and_pays_15339_once(story: Story) -> None:
    ana = member_since_may_10(story)
    story.live("2027-06-09 12:00")
    change_later(story, ana, "MAINT-4")
    assert taken(story) == [MAINT_2]
    story.live("2027-06-12 12:00")
    assert taken(story) == [MAINT_2, MAINT_4]
    assert plans(ana)[0].price_cents == 13900
    assert complaints(story) == []
