"""What is owed to members, as a page, a file and a document."""

from __future__ import annotations

from config.fields import SafeStr
from locations import listing_pages, report_pages
from locations.listing_pages import Asks, Listing
from locations.report_pages import Report
from membership.credits import liability, open_credits
from membership.manager.prices_blueprint import blueprint


class Credits(Asks):
    """Of which product; all where none is named."""

    product = SafeStr(most=40)


LIABILITY = Report(
    "liability",
    "Owed to members",
    "Sessions, days and money that members may still claim, as it stands now.",
    "see_liability",
    0,
    liability.table,
)
report_pages.add(blueprint, LIABILITY)
listing_pages.add(
    blueprint,
    Listing(
        "open-credits",
        "Sessions left",
        "Whose sessions are unspent, until when, and what they are worth.",
        "see_liability",
        Credits,
        open_credits.table,
    ),
    under="",
)
