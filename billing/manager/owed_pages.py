"""What members owe by age, and what tax was charged on, each down to its invoices and lines."""

from __future__ import annotations

from billing.invoices import ageing, owed_invoices
from billing.manager.blueprint import blueprint
from billing.taxed import taxed_listing, taxed_sales
from config.fields import SafeStr, TextInt
from locations import listing_pages, report_pages
from locations.listing_pages import Asks, Listing
from locations.report_pages import Report


class OfAge(Asks):
    """Invoices of an age; all open ones where none is named."""

    age = SafeStr(most=20)


class OfRate(Asks):
    """Lines of a tax, its rate and a class of product, sold or credited."""

    tax = SafeStr(most=60)
    ppm = TextInt(high=1_000_000, required=True)
    product_class = SafeStr(most=20, required=True, data_key="class")
    what = SafeStr(most=8, required=True)


AGEING = Report(
    "ageing",
    "Receivables by age",
    "What open invoices still ask for, by the days since they were issued, as it stands now.",
    "see_failed_payments",
    0,
    ageing.table,
)
INVOICES = Listing(
    "owed-invoices",
    "Open invoices",
    "Invoices that still ask for money, or that were paid ahead; what is owed leads to its"
    " postings.",
    "see_failed_payments",
    OfAge,
    owed_invoices.table,
)
TAXED = Report(
    "taxed-sales",
    "Taxed sales",
    "What each tax was charged on, by rate and class of product, and what was credited of it.",
    "see_revenue",
    1,
    taxed_sales.table,
)
LINES = Listing(
    "taxed-lines",
    "Taxed lines",
    "Lines of invoices or credit notes that a tax was charged on, as they were booked.",
    "see_revenue",
    OfRate,
    taxed_listing.table,
)
for report in (AGEING, TAXED):
    report_pages.add(blueprint, report, under="/manage")
for listing in (INVOICES, LINES):
    listing_pages.add(blueprint, listing, under="/manage")
