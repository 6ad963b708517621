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
from locations.models import Location
from locations.policy import policy_at


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


def hold(place: Location, claims: list[Claim]) -> None:
    """Hold the cards until the commit: whoever pays with one meanwhile waits."""
    cards = sa.select(GiftCard.id).where(
        GiftCard.location_id == place.id, GiftCard.id.in_([claim.key for claim in claims])
    )
    db.session.execute(cards.order_by(GiftCard.id).with_for_update()).all()


def take(
    place: Location, claim: Claim, *, reference: str, by_account_id: UUID | None, now: datetime
) -> UUID:
    """Empty a card that is held, for the state; returns the movement's key."""
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
    return moved.id


def give_back(
    place: Location, movement_id: UUID, *, reason: str, by_account_id: UUID | None, now: datetime
) -> tuple[UUID, int]:
    """Fill a card again with what a movement took; the new movement's key, and the cents."""
    taken = db.session.get_one(GiftCardEntry, movement_id)
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
    return moved.id, moved.amount_cents
