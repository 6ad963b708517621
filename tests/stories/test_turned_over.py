"""Gift cards and credit that nobody moves for years go to the state by name, and are spent then."""

from __future__ import annotations

from contextlib import suppress

import pytest
import sqlalchemy as sa

from billing.models import GiftCard
from billing.tenders import account_credit, credit_balances
from billing.turnovers import turning_over
from config import clock as time_of
from config.audit import Actor
from config.db import run_txn, transaction
from config.errors import Refused
from config.ids import new_id
from locations import ledger, policy_overrides, turnovers
from locations.models import Posting
from locations.policy import policy_for
from tests.stories.test_20_account_credit import given
from tests.support.story import Story
from tests.support.story_damages import run, unguarded
from tests.support.story_facts import booked, complaints
from tests.support.story_tenders import buy, card, open_till, sell_card

OWNER = Actor(None, "owner")


def reported_after(story: Story, slug: str, years: int) -> None:
    """Where a state asks for gift cards, a studio's owner sets its years."""
    place, on = story.place(slug), story.today(slug)
    run_txn(
        lambda: policy_overrides.set_rule(
            location_id=place.id,
            land=policy_for(place.jurisdiction, on),
            rule="gift_card_dormancy_years",
            setting=str(years),
            effective_from=on,
            reason=None,
            on=on,
            by=OWNER,
            now=time_of.now(),
        )
    )


def claims(story: Story, slug: str) -> dict[str, tuple[int, str]]:
    found = turning_over.dormant(story.place(slug), on=story.today(slug))
    return {one.whose: (one.amount_cents, one.name) for one in found}


def turn_over(story: Story, slug: str, cents: int, *chosen: str, reference: str = "ACH 7") -> int:
    return run_txn(
        lambda: turning_over.turn_over(
            story.place(slug).id,
            chosen=chosen,
            amount_cents=cents,
            on=story.today(slug),
            reference=reference,
            by=OWNER,
            now=time_of.now(),
        )
    )


def undo(story: Story, slug: str, *, reference: str = "ACH 7") -> int:
    return run_txn(
        lambda: turning_over.undo(
            story.place(slug).id, reference=reference, reason="twice", by=OWNER, now=time_of.now()
        )
    )


def test_five_years_after_its_last_use_a_card_of_boise_goes_to_the_state_and_tells_why(
    story: Story,
) -> None:
    story.go("2027-03-01 10:00", "boi")
    reported_after(story, "boi", 5)
    open_till(story, "boi", 0)
    ana = story.join("Ana Mora", "DROP-IN", at="boi")
    used, untouched = (sell_card(story, ana, 9000, at="boi") for _ in range(2))
    story.go("2027-06-01 10:00", "boi")
    buy(story, ana, "DROP-IN", "gift_card", at="boi", code=used)
    left = card(story, "boi", used).balance_cents
    before = complaints(story)
    story.go("2032-02-29 10:00", "boi")
    assert claims(story, "boi") == {}
    story.go("2032-03-01 10:00", "boi")
    ((name, (cents, chosen)),) = claims(story, "boi").items()
    assert (name[-4:], cents) == (untouched[-4:], 9000)
    with pytest.raises(Refused, match="look once more"):
        turn_over(story, "boi", 9000 + left, chosen)
    bank = ledger.balance("bank", story.place("boi").id)
    assert turn_over(story, "boi", 9000, chosen) == 1
    assert ledger.balance("bank", story.place("boi").id) == bank - 9000
    assert booked(story, "gift_cards", "boi") == left
    with pytest.raises(Refused, match="turned over to the state"):
        card(story, "boi", untouched)
    story.go("2032-06-01 10:00", "boi")
    assert turn_over(story, "boi", left, reference="ACH 8") == 1
    assert booked(story, "gift_cards", "boi") == 0
    with pytest.raises(Refused, match="reference is written down"):
        turn_over(story, "boi", 1)
    assert undo(story, "boi") == 9000
    assert card(story, "boi", untouched).balance_cents == 9000
    assert booked(story, "gift_cards", "boi") == 9000
    told = [(one.reference, one.count, one.amount_cents) for one in _done(story, "boi")]
    assert told == [("ACH 8", 1, left)]
    assert [one for one in complaints(story) if one[:2] in ("L1", "G1", "G2", "G4")] == before == []


def test_in_washington_no_gift_card_is_ever_turned_over(story: Story) -> None:
    story.go("2027-03-01 10:00")
    open_till(story, "sea", 0)
    sell_card(story, story.join("Ana Mora", "DROP-IN"), 9000, at="sea")
    story.go("2047-03-01 10:00")
    assert claims(story, "sea") == {}


def test_credit_of_a_named_member_goes_after_three_years_and_of_another_it_stays(
    story: Story,
) -> None:
    story.go("2027-03-01 10:00")
    ana, ben = story.join("Ana Mora", "DROP-IN"), story.join("Ben Ito", "DROP-IN")
    given(story, ana, 500, at="sea")
    given(story, ben, 700, at="sea")
    story.go("2030-03-01 10:00")
    found = claims(story, "sea")
    assert {who: cents for who, (cents, _) in found.items()} == {"Ana Mora": 500, "Ben Ito": 700}
    assert turn_over(story, "sea", 500, found["Ana Mora"][1]) == 1
    assert booked(story, "account_credit", "sea") == 700
    assert credit_balances.balances(ana.member_id) == []
    assert credit_balances.movements(ana.member_id)[0].reason.startswith("Turned over to the state")
    sea = story.place("sea").id
    use = {"held_at": sea, "reason": "a visit", "by_account_id": None, "now": time_of.now()}
    for member, code in ((ana, "credit_turned_over"), (ben, "credit_short")):
        with pytest.raises(Refused) as told:
            account_credit.use(
                member_ids=[member.member_id], amount_cents=701, payment_id=new_id(), **use
            )
        assert told.value.code == code
    assert undo(story, "sea") == 500
    assert [one.balance_cents for one in credit_balances.balances(ana.member_id)] == [500]
    assert _done(story, "sea") == []
    assert turn_over(story, "sea", 1200, reference="ACH 9") == 2, "both, the giving back moved none"
    assert booked(story, "account_credit", "sea") == 0


def test_a_card_that_went_to_the_state_and_is_filled_by_hand_is_found(story: Story) -> None:
    story.go("2027-03-01 10:00", "boi")
    reported_after(story, "boi", 5)
    open_till(story, "boi", 0)
    sell_card(story, story.join("Ana Mora", "DROP-IN", at="boi"), 9000, at="boi")
    story.go("2032-03-01 10:00", "boi")
    turn_over(story, "boi", 9000)
    broken = (
        sa.update(GiftCard).values(balance_cents=9000),
        sa.update(Posting).where(Posting.account == "bank").values(amount_cents=-8999),
    )
    assert [_is_found(story, one) for one in broken] == [True, True]
    assert not any(one.startswith("G4:") for one in complaints(story))


def _is_found(story: Story, broken: sa.Update) -> bool:
    found: list[str] = []
    with suppress(ZeroDivisionError), transaction():
        unguarded()
        run(broken)
        found = complaints(story)
        raise ZeroDivisionError
    return any(one.startswith("G4:") for one in found)


def _done(story: Story, slug: str) -> list[turnovers.TurnedOver]:
    return turnovers.by_reference(story.place(slug).id)
