"""Invariants of what went to the state: it left a card or a member's credit, cent for cent."""

from __future__ import annotations

import sqlalchemy as sa

from billing.models import AccountCreditEntry, GiftCard, GiftCardEntry
from billing.turnovers.claims import OF_THE_STATE
from config.doctor import Doctor, breach, differing
from locations.models import JournalEntry, Posting
from locations.rules.dormancy import SOURCES


def register(doctor: Doctor) -> None:
    """Add the invariants about turnovers to the doctor."""
    doctor.register(
        "G4", "what went to the state left its card or credit, and what came back is there", _moved,
        _spent,
    )  # fmt: skip


@breach(lambda row: f"movement {row.id} took {row.meant} for the state, the books say {row.said}")
def _moved() -> sa.Select:
    booked = (
        sa.select(JournalEntry.source_id.label("id"), -Posting.amount_cents)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(JournalEntry.source_type.in_(SOURCES.values()), Posting.account == "bank")
    )
    cards = sa.select(GiftCardEntry.id, -GiftCardEntry.amount_cents).where(
        GiftCardEntry.kind.in_(OF_THE_STATE)
    )
    credit = sa.select(AccountCreditEntry.id, -AccountCreditEntry.amount_cents).where(
        AccountCreditEntry.kind.in_(OF_THE_STATE)
    )
    return differing(booked, sa.select(*cards.union_all(credit).subquery().c))


@breach(lambda row: f"gift card {row.id} is with the state, and holds {row.balance_cents}")
def _spent() -> sa.Select:
    return sa.select(GiftCard.id, GiftCard.balance_cents).where(
        GiftCard.state == "to_state", GiftCard.balance_cents > 0
    )
