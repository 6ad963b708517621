"""What the doctor promises about tenders, each promise broken once by hand."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from billing.models import (
    AccountCredit,
    AccountCreditEntry,
    GiftCard,
    Payment,
    TillSession,
)
from config import clock as time_of
from config.base import table_of
from config.db import db, run_txn
from config.ids import new_id
from locations.models import LedgerRollup
from tests.stories.test_20_account_credit import given
from tests.support.story import Story
from tests.support.story_facts import complaints
from tests.support.story_tenders import buy, move, open_till, sell_card


def roll_up(account: str) -> sa.Update:
    return (
        sa.update(LedgerRollup)
        .where(LedgerRollup.account == account)
        .values(debit_cents=LedgerRollup.debit_cents + 1)
    )


BROKEN = {
    "L13": [roll_up("account_credit")],
    "L14": [roll_up("gift_cards")],
    "L15": [roll_up("till")],
    "L15 ": [sa.update(TillSession).values(opening_cents=TillSession.opening_cents + 1)],
    "G1": [sa.update(GiftCard).values(balance_cents=GiftCard.balance_cents - 1)],
    "G1 ": [sa.update(AccountCredit).values(balance_cents=AccountCredit.balance_cents + 1)],
    "G2": [sa.update(Payment).where(Payment.tender == "gift_card").values(amount_cents=1)],
    "G2 ": [sa.update(Payment).where(Payment.tender == "account_credit").values(amount_cents=1)],
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_promise_about_a_tender_is_found_by_its_name(story: Story, code: str) -> None:
    story.go("2027-03-01 10:00")
    open_till(story, "sea", 5000)
    ana = story.join("Ana Mora", "DROP-IN")
    given(story, ana, 500, at="sea")
    card = sell_card(story, ana, 9000, at="sea")
    buy(story, ana, "DROP-IN", "gift_card", at="sea", code=card)
    given(story, ana, 700, at="sea")
    move(story, "sea", "deposit", 1000)
    assert complaints(story) == []

    def break_it() -> None:
        for statement in BROKEN[code]:
            db.session.execute(statement)

    run_txn(break_it)
    assert any(one.startswith(f"{code.strip()}:") for one in complaints(story))


def test_a_movement_of_the_wrong_sign_is_found(story: Story) -> None:
    story.go("2027-03-01 10:00")
    ana = story.join("Ana Mora", "DROP-IN")
    row = {
        "id": new_id(), "member_id": ana.member_id, "location_id": story.place("sea").id,
        "kind": "used", "amount_cents": 5, "source_id": new_id(), "reason": "?",
        "at": time_of.now(),
    }  # fmt: skip
    run_txn(lambda: db.session.execute(sa.insert(table_of(AccountCreditEntry)).values(row)))
    found = [one for one in complaints(story) if one.startswith("G1:")]
    assert len(found) == 2
    assert any("wrong sign" in one for one in found)
