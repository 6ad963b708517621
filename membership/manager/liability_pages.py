"""What is owed to members, as a page, a file and a document."""

from __future__ import annotations

from locations import report_pages
from locations.report_pages import Report
from membership.credits import liability
from membership.manager.prices_blueprint import blueprint

LIABILITY = Report(
    "liability",
    "Owed to members",
    "Sessions, days and money that members may still claim, as it stands now.",
    "see_liability",
    0,
    liability.table,
)
report_pages.add(blueprint, LIABILITY)
