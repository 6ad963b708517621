"""Pages of managers and owners, under /manage."""

from locations.manager import (
    books_pages,
    paying_pages,
    policy_pages,
    posting_pages,
    revenue_pages,
    staff_pages,
)
from locations.manager.blueprint import blueprint

__all__ = [
    "blueprint",
    "books_pages",
    "paying_pages",
    "policy_pages",
    "posting_pages",
    "revenue_pages",
    "staff_pages",
]
