"""Gift cards that nobody has used for years: found, emptied for the state, and filled again.

Where the card was sold decides, by the years that hold there on the day that is asked about; most
states let gift cards be, and there none is ever dormant.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gift_cards import gift_rows
from billing.models import GiftCard, GiftCardEntry
from billing.turnovers.claims import OF_THE_STATE, Claim, is_dormant, since
from config.db import db
from config.ids import new_id
from locations import ledger, turnovers
from locations.models import JournalEntry, Location
from locations.policy import policy_at
from locations.rules.dormancy import SOURCES, owed_returned, owed_turned_over


def dormant(place: Location, *, on: date) -> list[Claim]:
    """Cards sold at a location with money on them that is to be turned over on a day."""
    years = policy_at(place, on).gift_card_dormancy_years
    if not years:
        return []
    moved = sa.func.max(GiftCardEntry.at)
    query = (
        sa.select(GiftCard, moved)
        .join(GiftCardEntry, GiftCardEntry.gift_card_id == GiftCard.id)
        .where(
            GiftCardEntry.kind.not_in(OF_THE_STATE),
            GiftCard.location_id == place.id,
            GiftCard.state == "active",
            GiftCard.balance_cents > 0,
            ~gift_rows.held_by_a_bank(),
        )
        .group_by(GiftCard.id)
        .order_by(moved, GiftCard.id)
        .execution_options(populate_existing=True)
    )
    found = [
        Claim(
            "gift_card",
            card.id,
            f"Gift card ending in {card.last4}",
            since(moved_at, place),
            card.balance_cents,
        )
        for card, moved_at in db.session.execute(query)
    ]
    return [one for one in found if is_dormant(one.since, years=years, on=on)]


def hold(claims: list[Claim]) -> None:
    """Hold the cards until the commit: whoever pays with one meanwhile waits."""
    cards = sa.select(GiftCard.id).where(GiftCard.id.in_([claim.key for claim in claims]))
    db.session.execute(cards.order_by(GiftCard.id).with_for_update()).all()


def turn_over(
    place: Location,
    claims: list[Claim],
    *,
    on: date,
    reference: str,
    by_account_id: UUID | None,
    now: datetime,
) -> None:
    """Empty cards that are held: what was on them went to the state."""
    entries = []
    for claim in claims:
        gift_rows.take(claim.key, claim.amount_cents)
        card = gift_rows.locked(claim.key)
        card.state = "to_state"
        moved = gift_rows.moved(
            card.id,
            "to_state",
            -claim.amount_cents,
            source_id=new_id(),
            at=place.id,
            by_account_id=by_account_id,
            now=now,
        )
        entries.append(
            owed_turned_over(
                movement_id=moved.id,
                owed="gift_cards",
                on=on,
                currency=place.currency,
                location_id=place.id,
                amount_cents=claim.amount_cents,
                reference=reference,
            )
        )
    ledger.post(entries, now=now)


def undo(
    place: Location, *, reference: str, on: date, reason: str, by_account_id: UUID | None,
    now: datetime,
) -> int:  # fmt: skip
    """Fill again the cards that were emptied under a reference; returns the cents."""
    stands = turnovers.standing(place.id, reference=reference, source_type=SOURCES["gift_cards"])
    return sum(_returned(entry, place, on, reason, by_account_id, now) for entry in stands)


def _returned(
    entry: JournalEntry,
    place: Location,
    on: date,
    reason: str,
    by_account_id: UUID | None,
    now: datetime,
) -> int:
    taken = db.session.get_one(GiftCardEntry, entry.source_id)
    card = gift_rows.locked(taken.gift_card_id)
    card.state = "active"
    gift_rows.put_back(card.id, -taken.amount_cents)
    moved = gift_rows.moved(
        card.id,
        "returned",
        -taken.amount_cents,
        source_id=taken.source_id,
        at=place.id,
        by_account_id=by_account_id,
        now=now,
    )
    booked = owed_returned(
        movement_id=moved.id,
        owed="gift_cards",
        corrects_id=entry.id,
        on=on,
        currency=place.currency,
        location_id=place.id,
        amount_cents=-taken.amount_cents,
        reason=reason,
    )
    ledger.post([booked], now=now)
    return -taken.amount_cents
