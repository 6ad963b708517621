"""How the monthly recurring revenue moved, per location and month, read from its dated moves.

A day belongs to the location's own calendar. A move never changes what a month before it says:
a later change of home, or of a price, is a move of its own date.
"""

from __future__ import annotations

from config.calendar import months_between
from locations.asked_places import together
from locations.months_asked import Asked
from locations.tables import Column, Row, Table
from membership.mrr import mrr_sums
from membership.rules.mrr_report import KINDS, moved_in_all, movements

MOVES = "prices.mrr_moves"
HEADINGS = {
    "new": "New",
    "reactivation": "Back again",
    "expansion": "Larger plan",
    "resumed": "Back from a hold",
    "moved_in": "Moved here",
    "contraction": "Smaller plan",
    "churn": "Left",
    "frozen": "On hold",
    "moved_out": "Moved away",
}
_MOVED = tuple(f"{kind}_cents" for kind in KINDS)
COLUMNS = (
    Column("month", "Month", "month"),
    Column("location", "Location", "text"),
    Column("opening_cents", "Start", behind=MOVES, span="before"),
    *(Column(f"{k}_cents", HEADINGS[k], behind=MOVES, asks={"kind": k}) for k in KINDS),
    Column("closing_cents", "End", behind=MOVES, span="until"),
)


def table(asked: Asked) -> Table:
    """The movement of these locations and months; all together open with the first month and
    close with the last.
    """
    group = together(asked.chosen)
    found = mrr_sums.of_months(group.ids, first=asked.first, last=asked.last)
    months = months_between(asked.first, asked.last)
    every = movements(found.opening_cents, found.moved, months=months)
    rows = [
        Row(
            {
                "month": one.month,
                "location": group.by_id[one.location_id].name,
                "opening_cents": one.opening_cents,
                **dict(zip(_MOVED, one.moved.values(), strict=True)),
                "closing_cents": one.closing_cents,
            },
            one.month,
            one.month,
            group.by_id[one.location_id].slug,
        )
        for one in every
    ]
    totals = {
        "opening_cents": sum(found.opening_cents.values()),
        **dict(zip(_MOVED, moved_in_all(every).values(), strict=True)),
        "closing_cents": sum(one.closing_cents for one in every if one.month == months[-1]),
    }
    return Table(COLUMNS, rows, group.currency, totals)
