"""The movements that a payout is made of, behind the numbers of the payouts' page."""

from __future__ import annotations

from billing.manager.blueprint import blueprint
from billing.reconciling import payout_moves
from config.errors import NotFound
from config.fields import SafeStr
from locations import guard, listing_pages
from locations.listing_pages import Asks, Listing, Query
from locations.tables import Table

ACT = "see_payouts"


class OfPayout(Asks):
    """Movements of a payout that a figure is made of; of those that belong to no studio yet."""

    payout = SafeStr(most=80, required=True)
    figure = SafeStr(most=10, required=True)
    nowhere = SafeStr(most=3)


def _moves(asked: Query) -> Table:
    """What belongs to no studio is the whole group's to see."""
    if "nowhere" in asked.given and not guard.reach_of(ACT).everywhere:
        raise NotFound("payout")
    return payout_moves.table(asked)


listing_pages.add(
    blueprint,
    Listing(
        "payout-moves",
        "Movements of a payout",
        "What a payout is made of at Stripe, each with what it is in the books.",
        ACT,
        OfPayout,
        _moves,
    ),
    under="/manage",
)
