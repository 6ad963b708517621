"""Recurring revenue and how it moved, plans that came and went, and the moves behind both."""

from __future__ import annotations

from config.fields import SafeStr
from locations import listing_pages, report_pages
from locations.listing_pages import Asks, Listing
from locations.report_pages import Report
from membership.manager.prices_blueprint import blueprint
from membership.mrr import churn_report, mrr_moves, mrr_report

ACT = "see_revenue"


class Moves(Asks):
    """Which kinds of moves; all where none is named."""

    kind = SafeStr(most=120)


MRR = Report(
    "mrr",
    "Recurring revenue",
    "What plans that run bring a month, before tax, and how it moved. A plan counts at its list"
    " price, also while a promotion code makes some of its periods cheaper: the end of a code is"
    " no sale. What codes took off stands in their own list, and net sales are net of it.",
    ACT,
    6,
    mrr_report.table,
)
CHURN = Report(
    "churn",
    "Plans and churn",
    "Plans that came and went, what share of them left, and what each brings a month.",
    ACT,
    6,
    churn_report.table,
)
for report in (MRR, CHURN):
    report_pages.add(blueprint, report)
listing_pages.add(
    blueprint,
    Listing(
        "mrr-moves",
        "Moves of the recurring revenue",
        "Every dated change of a plan's monthly revenue that the number is the sum of.",
        ACT,
        Moves,
        mrr_moves.table,
    ),
    under="",
)
