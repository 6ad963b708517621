"""A member's own pages beside home: their notes and their intensive phase. An edge."""

from membership.account import decline_pages, gauge_pages, starter_pages, tier_pages
from membership.account.blueprint import blueprint

__all__ = ["blueprint", "decline_pages", "gauge_pages", "starter_pages", "tier_pages"]
