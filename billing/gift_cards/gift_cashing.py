"""Paying out in cash what is left on a gift card after a purchase, where the law asks for it."""

from __future__ import annotations

from datetime import datetime

from billing.gift_cards import gift_cards
from billing.gift_cards.gift_cards import Seen
from billing.tenders import till, till_flow
from config import audit
from config.audit import Actor
from locations import ledger, places
from locations.models import Location
from locations.policy import policy_at
from locations.rules import tenders


def below_cents(seen: Seen, place: Location, *, now: datetime) -> int:
    """Under how much a card may be cashed here: by the rules of this studio, or of its seller's,
    whichever are kinder to the holder. 0 where neither knows such a rule, and for a card in
    another currency than this studio's drawer.
    """
    if seen.currency != place.currency:
        return 0
    here = policy_at(place, places.business_date(place, now))
    seller = places.get(seen.location_id)
    there = policy_at(seller, places.business_date(seller, now))
    return max(here.gift_card_cash_below_cents, there.gift_card_cash_below_cents)


def cash(seen: Seen, place: Location, *, by: Actor, now: datetime) -> int:
    """Hand out what is left on a card from this studio's drawer; returns the cents.

    Refused("not_cashable") by the law, "till_closed", and "not_in_drawer" for an empty drawer.
    """
    session = till.locked(place.id)
    till_flow.require_cash(session, seen.balance_cents)
    entry = gift_cards.empty(
        seen.id,
        below_cents=below_cents(seen, place, now=now),
        till=session,
        by_account_id=by.id,
        now=now,
    )
    booked = tenders.gift_card_cashed(
        entry_id=entry.id,
        on=places.business_date(place, now),
        currency=seen.currency,
        sold_at=seen.location_id,
        paid_at=place.id,
        amount_cents=-entry.amount_cents,
    )
    ledger.post([booked], now=now)
    audit.record(
        actor=by,
        action="gift_card.cashed",
        subject_type="gift_card",
        subject_id=seen.id,
        location_id=place.id,
        facts={"amount_cents": -entry.amount_cents},
        now=now,
    )
    return -entry.amount_cents
