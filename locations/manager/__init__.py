"""Pages of managers and owners, under /manage."""

from locations.manager import revenue_pages, staff_pages
from locations.manager.blueprint import blueprint

__all__ = ["blueprint", "revenue_pages", "staff_pages"]
