"""Pages of managers and owners, under /manage."""

from locations.manager import policy_pages, revenue_pages, staff_pages
from locations.manager.blueprint import blueprint

__all__ = ["blueprint", "policy_pages", "revenue_pages", "staff_pages"]
