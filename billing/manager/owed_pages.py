"""What members owe by age, and what tax was charged on, each as page, file and document."""

from __future__ import annotations

from billing import ageing, taxed_sales
from billing.manager.blueprint import blueprint
from locations import report_pages
from locations.report_pages import Report

AGEING = Report(
    "ageing",
    "Receivables by age",
    "What open invoices still ask for, by the days since they were issued, as it stands now.",
    "see_failed_payments",
    0,
    ageing.table,
)
TAXED = Report(
    "taxed-sales",
    "Taxed sales",
    "What each tax was charged on, by rate and class of product, and what was credited of it.",
    "see_revenue",
    1,
    taxed_sales.table,
)
for report in (AGEING, TAXED):
    report_pages.add(blueprint, report, under="/manage")
