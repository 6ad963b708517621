"""A code makes a pack cheaper: before tax, once for each person, and quoted as it is billed."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
import sqlalchemy as sa

from billing.joining import choices
from billing.models import Invoice, InvoiceDiscount, InvoiceLine
from billing.payments import hosted
from billing.runs import rehearsals
from billing.sales import checkout, early_start, promo_list, quotes, sales
from billing.sales.sales import Placed
from config import clock as time_of
from config.audit import SYSTEM
from config.db import db, run_txn, transaction
from config.errors import Refused
from membership.agreements import consents
from membership.agreements.consent_words import Wording
from membership.catalogue import catalog
from membership.models import CreditGrant, MembershipPeriod, PromoCode, PromoUse
from membership.plans import plan_overview
from membership.rules.discount import Code
from tests.support.story import Person, Story
from tests.support.story_facts import bills, complaints, letters, taken, the_consent
from tests.support.story_promos import buy_with, make_code, place_with, uses


@pytest.mark.parametrize(("home", "tax_ppm"), [("sea", 103_500), ("boi", 60_000)])
def test_an_eighth_off_a_session_is_taken_off_before_tax_and_is_what_it_is_worth(
    story: Story, home: str, tax_ppm: int
) -> None:
    story.go("2027-03-01 10:00", at=home)
    ana = story.join("Ana Mora", "DROP-IN", at=home)
    code = make_code("SPRING", percent_ppm=125_000)
    place = story.place(home)
    terms = catalog.pack_terms(story.studio.packs["DROP-IN"], place.id)
    quoted = quotes.pack(terms, location=place, now=time_of.now(), code=code)

    invoice_id = buy_with(story, ana, code)

    billed = db.session.get_one(Invoice, invoice_id, populate_existing=True)
    off = 688  # of 5500, half a cent up
    assert billed.net_cents == 4812
    assert billed.tax_cents == (2 * billed.net_cents * tax_ppm + 1_000_000) // 2_000_000
    assert (billed.net_cents, billed.tax_cents, billed.total_cents) == quoted[1:4]
    line = db.session.scalars(sa.select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id))
    assert [one.net_cents for one in line] == [billed.net_cents]
    (less,) = db.session.scalars(sa.select(InvoiceDiscount))
    assert (less.line_n, less.amount_cents, less.name) == (1, off, "Spring offer")
    grant = db.session.scalars(
        sa.select(CreditGrant).where(CreditGrant.source_id == billed.source_id)
    ).one()
    assert grant.value_cents == billed.net_cents
    assert taken(story)[-1] == billed.total_cents
    assert uses() == ["used"]
    assert complaints(story) == []


def test_a_code_is_once_for_each_person_and_free_again_when_a_sale_came_to_nothing(
    story: Story,
) -> None:
    story.go("2027-03-01 10:00")
    ana = story.join("Ana Mora", "DROP-IN")
    code = make_code("ONCE", amount_cents=1000)
    placed = place_with(story, ana, code)
    hosted.open_page(placed.attempt_id, gateway=story.gateway, now=time_of.now())
    with pytest.raises(Refused) as waiting:
        place_with(story, ana, code)
    assert waiting.value.code == "code_used"
    assert uses() == ["reserved"]

    checkout.close_tills(ana.member_id, gateway=story.gateway, now=time_of.now())
    assert uses() == ["released"]
    assert db.session.scalars(sa.select(PromoCode.uses)).one() == 0

    buy_with(story, ana, code)
    with pytest.raises(Refused) as again:
        place_with(story, ana, code)
    assert again.value.code == "code_used"
    assert uses() == ["released", "used"]
    assert db.session.scalars(sa.select(PromoCode.uses)).one() == 1
    assert complaints(story) == []


def test_a_code_for_a_group_is_for_its_mailboxes_and_not_in_washington(story: Story) -> None:
    story.go("2027-03-01 10:00", at="boi")
    ana = story.join("Ana Mora", "DROP-IN", at="boi")
    ben = story.join("Ben Ito", "DROP-IN", at="boi")
    cleo = story.join("Cleo Ash", "DROP-IN")
    code = make_code("CREW", percent_ppm=100_000, group=["Ana.Mora@Example.com", ben.email.upper()])
    buy_with(story, ana, code)
    dan = story.join("Dan Fox", "DROP-IN", at="boi")
    with pytest.raises(Refused) as other:
        place_with(story, dan, code)
    assert other.value.code == "code_not_yours"
    with pytest.raises(Refused) as seattle:  # its offers are open to all, by the land's rules
        place_with(story, cleo, code)
    assert seattle.value.code == "code_not_open"
    assert uses() == ["used"]


def test_a_code_that_is_ended_is_refused_from_that_day_and_keeps_what_it_sold(
    story: Story,
) -> None:
    story.go("2027-03-01 10:00")
    ana = story.join("Ana Mora", "DROP-IN")
    code = make_code("SHORT", amount_cents=1000)
    run_txn(lambda: promo_list.end(code.id, on=date(2027, 3, 1), by=SYSTEM, now=time_of.now()))
    with pytest.raises(Refused) as quoted_before:  # read before it ended
        place_with(story, ana, code)
    assert quoted_before.value.code == "code_over"
    assert uses() == []


def test_a_plans_first_three_periods_cost_what_the_consent_says_and_then_the_list_price(
    story: Story,
) -> None:
    story.go("2027-01-04 10:00")
    make_code("THREE", amount_cents=2000, periods=3, scope="plans")
    ana = story.join("Ana Mora", "MAINT-2", code="three")
    assert (
        "With the code THREE the first 3 charges are $59.00 plus $6.11 tax for the plan, "
        "$65.11 in all each; every later one is $87.18."
    ) in the_consent(ana).text
    assert taken(story) == [6511]
    story.live("2027-02-05 12:00")
    expected = rehearsals.rehearse(story.place("sea"), on=date(2027, 3, 4))
    assert expected.total_cents == 6511
    story.live("2027-05-05 12:00")
    assert [bill.total_cents for bill in bills(ana)] == [6511, 6511, 6511, 8718, 8718]
    assert taken(story) == [6511, 6511, 6511, 8718, 8718]
    paid = sa.select(MembershipPeriod.price_cents).order_by(MembershipPeriod.n)
    assert db.session.scalars(paid).all() == [5900, 5900, 5900, 7900, 7900]
    worth = sa.select(CreditGrant.value_cents).order_by(CreditGrant.id)
    assert db.session.scalars(worth).all() == [5900, 5900, 5900, 7900, 7900]
    off = db.session.scalars(sa.select(InvoiceDiscount.amount_cents)).all()
    assert off == [2000, 2000, 2000]
    assert db.session.scalars(sa.select(PromoUse.periods_left)).all() == [0]
    assert complaints(story) == []


def test_a_code_for_plans_is_promised_with_the_starter_and_makes_its_plan_cheaper(
    story: Story,
) -> None:
    story.go("2027-01-04 10:00")
    make_code("THREE", amount_cents=2000, periods=2, scope="plans", max_uses=1)
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2", code="three")
    assert (
        "With the code THREE the first 2 charges are $59.00 plus $6.11 tax for the plan, "
        "$65.11 in all each; every later one is $87.18."
    ) in the_consent(ana).text
    assert taken(story) == [10925], "the starter costs what it costs"
    assert uses() == ["reserved"]
    story.come(ana)
    story.live("2027-01-10 12:00")
    told = plan_overview.conversion(ana.member_id, on=story.today("sea"))
    assert told is not None
    assert (told.charge.on, told.charge.total_cents) == (date(2027, 1, 14), 6511)
    (letter,) = letters(ana, "notice_conversion")
    assert letter.context["total"] == "$65.11"

    story.live("2027-01-15 12:00")
    card = plan_overview.plan(ana.member_id, on=story.today("sea"))
    assert card is not None
    assert card.next_charge is not None
    assert card.next_charge.total_cents == 6511
    assert uses() == ["used"]
    story.live("2027-02-15 12:00")
    card = plan_overview.plan(ana.member_id, on=story.today("sea"))
    assert card is not None
    assert card.next_charge is not None
    assert card.next_charge.total_cents == 8718
    story.live("2027-03-15 12:00")
    assert taken(story) == [10925, 6511, 6511, 8718]
    assert complaints(story) == []


def test_a_plan_begun_before_its_day_costs_what_the_code_promised(story: Story) -> None:
    story.go("2027-01-04 10:00")
    code = make_code("TWO", percent_ppm=500_000, periods=2, scope="plans")
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2", code="two")
    run_txn(lambda: promo_list.end(code.id, on=date(2027, 1, 4), by=SYSTEM, now=time_of.now()))
    story.come(ana)
    story.go("2027-01-06 10:00")
    found = early_start.offered(ana.member_id, now=time_of.now())
    assert found.amounts.total_cents == 3950 + 409, "what was promised holds though the code ended"
    page = checkout.sell_plan(
        member_id=ana.member_id,
        plan_version_id=found.consent.plan_version_id,
        location_id=found.consent.location_id,
        consent_id=found.consent.id,
        gateway=story.gateway,
        now=time_of.now(),
    )
    assert uses() == ["reserved"]
    story.pay(page)
    assert uses() == ["used"]
    story.live("2027-03-07 12:00")
    assert taken(story) == [10925, 4359, 4359, 8718]
    assert complaints(story) == []


def test_who_takes_the_agreement_back_leaves_the_code_free(story: Story) -> None:
    story.go("2027-01-04 10:00")
    make_code("THREE", amount_cents=2000, periods=3, scope="plans", max_uses=1)
    ana = story.join("Ana Mora", "STARTER-3", agrees_to="MAINT-2", code="three")
    run_txn(
        lambda: consents.withdraw(
            the_consent(ana).id, member_id=ana.member_id, by=SYSTEM, now=time_of.now()
        )
    )
    assert uses() == ["released"]
    ben = story.join("Ben Ito", "STARTER-3", code="three")
    assert uses() == ["released"], "a plan that was not agreed to uses no code"
    assert taken(story) == [10925, 10925]
    assert "THREE" not in str(plan_overview.conversion(ben.member_id, on=story.today("sea")))
    assert complaints(story) == []


def test_a_plan_begun_with_a_code_that_is_never_paid_leaves_the_code_free(story: Story) -> None:
    story.go("2027-01-04 10:00")
    code = make_code("THREE", percent_ppm=500_000, periods=3, max_uses=1)
    ana = story.join("Ana Mora", "DROP-IN")
    agreed = choices.wordings(_plan_with(story, code.code), story.place("sea"), now=time_of.now())
    assert "$39.50 plus $4.09 tax" in next(iter(agreed.values())).text
    (words,) = agreed.values()
    placed = run_txn(lambda: _begun(story, ana, words, code))
    hosted.open_page(placed.attempt_id, gateway=story.gateway, now=time_of.now())
    assert uses() == ["reserved"]
    checkout.close_tills(ana.member_id, gateway=story.gateway, now=time_of.now())
    assert uses() == ["released"]
    assert db.session.scalars(sa.select(PromoCode.uses)).one() == 0
    assert complaints(story) == []


def test_the_doctor_sees_a_code_that_miscounts_goes_too_far_or_takes_another_sum(
    story: Story,
) -> None:
    story.go("2027-03-01 10:00")
    code = make_code("SPRING", percent_ppm=125_000)
    buy_with(story, story.join("Ana Mora", "DROP-IN"), code)
    assert complaints(story) == []
    for promise, damage in {
        "F1": sa.update(PromoCode).values(uses=2),
        "F2": sa.update(PromoUse).values(periods_left=2),
        "F3": sa.update(PromoCode).values(percent_ppm=126_000),
    }.items():
        with suppress(GivenUp), transaction():
            db.session.execute(damage, execution_options={"synchronize_session": False})
            assert {told.partition(":")[0] for told in complaints(story)} == {promise}
            raise GivenUp
    assert complaints(story) == []


class GivenUp(Exception):
    """Raised so that no damage is ever committed."""


def _plan_with(story: Story, typed: str) -> choices.Choice:
    place, now = story.place("sea"), time_of.now()
    (plan,) = [one for one in choices.plans_on_sale(place, now=now) if one.terms.code == "MAINT-2"]
    return choices.cheaper(plan, typed, place, now=now)


def _begun(story: Story, who: Person, words: Wording, code: Code) -> Placed:
    consent = consents.give(
        member_id=who.member_id,
        plan_version_id=words.plan_version_id,
        location_id=story.place("sea").id,
        tax_cents=words.tax_cents,
        text=words.text,
        text_version=words.version,
        member_pack_id=None,
        now=time_of.now(),
        by_account_id=who.account_id,
        address="203.0.113.7",
        agent="a browser",
        intro=words.intro,
    )
    return sales.place_plan(
        member_id=who.member_id,
        plan_version_id=words.plan_version_id,
        location_id=story.place("sea").id,
        consent_id=consent.id,
        now=time_of.now(),
        code=code,
    )
