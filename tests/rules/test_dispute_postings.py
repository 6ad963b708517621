"""What a lost dispute takes: what was promised back, what is unspent, and then a loss."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from locations.rules.disputes import Disputed, NotOwed, dispute_lost
from locations.rules.entries import Leg, check

SEA, TAC = UUID(int=1), UUID(int=2)


def lost(amount_cents: int, promised_cents: int, *revoked: NotOwed) -> list[Leg]:
    entry = dispute_lost(
        Disputed(UUID(int=7), date(2027, 1, 31), "USD", SEA, amount_cents, UUID(int=8)),
        promised_cents=promised_cents,
        revoked=revoked,
    )
    check(entry)
    return list(entry.legs)


def test_a_lost_dispute_takes_promises_first_then_what_is_unspent_and_the_rest_is_lost() -> None:
    here = NotOwed("deferred_sessions", SEA, "BOOSTER-3", 6000)
    assert lost(9927, 1000, here) == [
        Leg("refunds_due", SEA, 1000),
        Leg("deferred_sessions", SEA, 6000, "BOOSTER-3"),
        Leg("dispute_losses", SEA, 2927),
        Leg("disputed", SEA, -9927),
    ]
    assert lost(6000, 0, here)[1:] == [Leg("disputed", SEA, -6000)]


def test_days_worth_more_than_the_money_that_went_are_breakage() -> None:
    days = NotOwed("deferred_time", SEA, "UNLIMITED", 6000)
    assert lost(5999, 0, days)[1:] == [
        Leg("breakage", SEA, -1, "UNLIMITED"),
        Leg("disputed", SEA, -5999),
    ]


def test_what_another_studio_owed_the_member_it_owes_the_one_that_lost() -> None:
    assert lost(3300, 0, NotOwed("gift_cards", TAC, "GIFT", 3300)) == [
        Leg("gift_cards", TAC, 3300),
        Leg("due_to", TAC, -3300, str(SEA)),
        Leg("due_from", SEA, 3300, str(TAC)),
        Leg("disputed", SEA, -3300),
    ]
