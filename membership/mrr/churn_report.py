"""Plans that came and went, churn in plans and in money, and revenue per member and month.

Read from the dated moves of recurring revenue, so that it is one story with theirs.
"""

from __future__ import annotations

from typing import Any

from config.calendar import months_between
from locations.asked_places import together
from locations.months_asked import Asked
from locations.tables import Column, Row, Table
from membership.mrr import mrr_sums
from membership.mrr.mrr_report import MOVES
from membership.rules.churn import COMES, Plans, counted, each_cents, share_text
from membership.rules.mrr_report import movements

_HEADINGS = {
    "joined": "Joined",
    "resumed": "Back from a hold",
    "moved_in": "Moved here",
    "left": "Left",
    "on_hold": "On hold",
    "moved_out": "Moved away",
    "otherwise": "Otherwise",
}
COLUMNS = (
    Column("month", "Month", "month"),
    Column("location", "Location", "text"),
    Column("opening", "Plans at the start", "count", behind=MOVES, span="before"),
    *(
        Column(way, _HEADINGS[way], "count", behind=MOVES, asks={"kind": ",".join(kinds)})
        for way, kinds in COMES.items()
    ),
    Column("closing", "Plans at the end", "count", behind=MOVES, span="until"),
    Column("churn", "Left of all", "text"),
    Column("revenue_churn", "Revenue that left", "text"),
    Column("closing_cents", "Recurring revenue", behind=MOVES, span="until"),
    # One sum of these moves divided by the other: money by plans.
    Column("arpm_cents", "Each plan's", behind=MOVES, span="until"),
)


def table(asked: Asked) -> Table:
    """A row for every month and location; what a plan brings is as of the month's end."""
    group = together(asked.chosen)
    found = mrr_sums.of_months(group.ids, first=asked.first, last=asked.last)
    months = months_between(asked.first, asked.last)
    revenue = movements(found.opening_cents, found.moved, months=months)
    every = counted(found.opening_plans, found.moved, revenue)
    rows = [
        Row(
            {"month": one.month, "location": group.by_id[one.location_id].name, **_values(one)},
            one.month,
            one.month,
            group.by_id[one.location_id].slug,
        )
        for one in every
    ]
    last = [one for one in every if one.month == months[-1]]
    cents = sum(one.revenue.closing_cents for one in last)
    totals = {
        "opening": sum(found.opening_plans.values()),
        **{way: sum(one.moved[way] for one in every) for way in COMES},
        "closing": sum(one.closing for one in last),
        "closing_cents": cents,
        "arpm_cents": each_cents(cents, plans=sum(one.closing for one in last)),
    }
    return Table(COLUMNS, rows, group.currency, totals)


def _values(one: Plans) -> dict[str, Any]:
    cents = one.revenue.closing_cents
    return {
        "opening": one.opening,
        **one.moved,
        "closing": one.closing,
        "churn": share_text(-one.moved["left"], of=one.opening),
        "revenue_churn": share_text(-one.revenue.moved["churn"], of=one.revenue.opening_cents),
        "closing_cents": cents,
        "arpm_cents": each_cents(cents, plans=one.closing),
    }
