"""From sums of the books to the figures that owners read; whole minor units throughout.

Cash counts where it was sold, earned where it was delivered; the two are never mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Literal, NamedTuple
from uuid import UUID

from locations.rules.entries import SOLD_TO

EARNED = frozenset({"earned_sessions", "earned_time", "overage", "fees"})
DEFERRED = frozenset({"deferred_sessions", "deferred_time"})
# Events that sell or take a sale back; other movements on the same accounts are not sales.
SELLING = frozenset({"sale", "credit_note", "refund_promised"})
CASH = frozenset({"stripe_clearing", "till"})
# Events between a member and us; a payout or deposit only moves what was received.
RECEIVING = frozenset({"payment", "payment_undone"})
GIVING_BACK = frozenset({"refund_sent", "refund_failed", "gift_card_cashed"})
DISPUTING = frozenset({"dispute_opened", "dispute_won"})


class MonthSum(NamedTuple):
    """What one account moved in one location and month by one kind of event; credit positive.

    `month` is none for all that came before the months asked for, whatever its kind.
    """

    location_id: UUID
    month: date | None
    account: str
    kind: str
    credit_cents: int


class MadeOf(NamedTuple):
    """Which postings a figure is the sum of: on these accounts, by these kinds of events (all,
    where none is named), and whether a credit adds to it or takes from it.
    """

    accounts: frozenset[str]
    kinds: frozenset[str]
    sign: Literal[1, -1]


_ANY: frozenset[str] = frozenset()
# Received money is a debit.
MADE_OF: Mapping[str, MadeOf] = {
    "net_sales_cents": MadeOf(SOLD_TO, SELLING, 1),
    "tax_cents": MadeOf(frozenset({"sales_tax"}), SELLING, 1),
    "cash_cents": MadeOf(CASH, RECEIVING, -1),
    "by_card_cents": MadeOf(frozenset({"stripe_clearing"}), RECEIVING, -1),
    "at_the_desk_cents": MadeOf(frozenset({"till"}), RECEIVING, -1),
    # What was paid for before.
    "by_credit_cents": MadeOf(frozenset({"gift_cards", "account_credit"}), RECEIVING, -1),
    "refunds_cents": MadeOf(CASH, GIVING_BACK, 1),
    "disputes_cents": MadeOf(frozenset({"stripe_clearing"}), DISPUTING, 1),
    "processor_fees_cents": MadeOf(frozenset({"processor_fees"}), _ANY, -1),
    "earned_cents": MadeOf(EARNED, _ANY, 1),
    "breakage_cents": MadeOf(frozenset({"breakage"}), _ANY, 1),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a location and month, or of several together.

    What was received (`cash`) is what came by card and at the desk; refunds, disputes and fees
    are what went out again, positive.
    """

    net_sales_cents: int
    tax_cents: int
    cash_cents: int
    by_card_cents: int
    at_the_desk_cents: int
    by_credit_cents: int
    refunds_cents: int
    disputes_cents: int
    processor_fees_cents: int
    earned_cents: int
    breakage_cents: int
    deferred_open_cents: int
    deferred_close_cents: int

    def amounts(self) -> tuple[int, ...]:
        """The figures alone, in their order."""
        return _AMOUNTS(self)

    def cents(self) -> dict[str, int]:
        """The figures alone, by name."""
        return dict(zip(FIGURES, _AMOUNTS(self), strict=True))


FIGURES = tuple(field.name for field in fields(Figures))
_AMOUNTS: Callable[[Figures], tuple[int, ...]] = attrgetter(*FIGURES)
# Balances, which do not add up over months; all others do.
BALANCES = ("deferred_open_cents", "deferred_close_cents")


def figures(
    sums: Iterable[MonthSum], *, location_ids: Sequence[UUID], months: Sequence[date]
) -> Mapping[tuple[UUID, date], Figures]:
    """The figures of every location and month, `months` being consecutive and ascending.

    `sums` reach back to the beginning of the books for the deferred accounts, since what is
    still owed at a month's end is the sum of all that came before.
    """
    # The last place of a cell is by how much the deferred accounts moved.
    cells = {at: {month: [0] * (len(_ADDED_UP) + 1) for month in months} for at in location_ids}
    owed = dict.fromkeys(location_ids, 0)
    for location_id, month, account, kind, credit_cents in sums:
        if month is None:
            owed[location_id] += credit_cents if account in DEFERRED else 0
            continue
        cell = cells[location_id][month]
        for n, sign in _places_of(account, kind):
            cell[n] += sign * credit_cents
    found: dict[tuple[UUID, date], Figures] = {}
    for location_id, of_months in cells.items():
        for month, (*moved, deferred) in of_months.items():
            before = owed[location_id]
            owed[location_id] += deferred
            found[location_id, month] = Figures(*[*moved, before, owed[location_id]])
    return found


def together(cells: Mapping[tuple[UUID, date], Figures], *, first: date, last: date) -> Figures:
    """The group's figures over all months: what is owed is owed before the first of them, and
    at the end of the last.
    """
    columns = zip(*(cell.amounts() for cell in cells.values()), strict=True)
    added = [sum(column) for column in columns][: len(_ADDED_UP)] or [0] * len(_ADDED_UP)
    opening = sum(c.deferred_open_cents for (_, month), c in cells.items() if month == first)
    closing = sum(c.deferred_close_cents for (_, month), c in cells.items() if month == last)
    return Figures(*[*added, opening, closing])


_ADDED_UP = tuple(name for name in FIGURES if name not in BALANCES)


@cache
def _places_of(account: str, kind: str) -> tuple[tuple[int, int], ...]:
    """At which places of a cell a movement counts, and with which sign of its credit: an
    overage, say, is sold and earned at once.
    """
    found = [
        (n, MADE_OF[name].sign)
        for n, name in enumerate(_ADDED_UP)
        if account in MADE_OF[name].accounts
        and (not MADE_OF[name].kinds or kind in MADE_OF[name].kinds)
    ]
    return (*found, (len(_ADDED_UP), 1)) if account in DEFERRED else tuple(found)
