"""Taking cash, a terminal's slip, a gift card or credit for what is owed already. An edge.

What Stripe could still take the same money by is closed first and seen to be closed; while a
charge is in flight nothing is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from billing.gift_cards import gift_cards, guesses
from billing.gift_cards.gift_cards import Seen
from billing.payments import collect, hosted, intent_closing, placing
from billing.rules import tenders as rule
from billing.rules.tenders import Offer
from billing.tenders import tenders, till
from billing.tenders.tenders import Received
from config import clock
from config.audit import Actor
from config.db import run_txn
from locations.models import Location


def pay(invoice_id: UUID, offers: Sequence[Offer], *, by: Actor) -> tuple[Received, ...]:
    """Take as much of each offer as an open invoice still asks for, in this order.

    Refused("payment_running") while a card is being charged for it; else as
    `tenders.receive` says. Unavailable where Stripe does not answer: nothing was taken.
    """
    if not rule.split(tenders.due_of(invoice_id), offers):
        raise rule.refuse("nothing_due")
    _close_other_ways(invoice_id)
    return run_txn(lambda: tenders.take(invoice_id, offers, by=by, now=clock.now()))


def look_up(code: str, *, by: Actor, guesser: UUID) -> Seen:
    """The gift card that a code opens.

    `guesser` is whose wrong guesses are counted. Refused("gift_card_unknown") with the same words
    whatever is wrong with it, "too_many_guesses" after some.
    """
    guesses.require_few(guesser, now=clock.now())
    seen = gift_cards.find(code)
    if seen is None:
        run_txn(lambda: guesses.note(guesser, by=by, now=clock.now()))
        raise rule.refuse("gift_card_unknown")
    return seen


def gift_card_offer(seen: Seen, *, currency: str) -> Offer:
    """As much of the card as there is. Refused("other_currency") where it cannot pay this."""
    if seen.currency != currency:
        raise rule.refuse("other_currency")
    return Offer("gift_card", seen.id, seen.balance_cents)


def till_offer(kind: rule.Kind, place: Location) -> Offer:
    """Cash or a terminal's slip at a studio's open till, for all that is left."""
    return Offer(kind, till.require_open(place.id).id, None)


def _close_other_ways(invoice_id: UUID) -> None:
    page = placing.page_of(invoice_id)
    if page is not None:
        gateway, now = collect.collecting().gateway, clock.now()
        if hosted.close_page(page, gateway=gateway, now=now).verdict != "expired":
            raise rule.refuse("payment_running")
    elif not intent_closing.close(invoice_id, collect.collecting().gateway):
        raise rule.refuse("payment_running")
