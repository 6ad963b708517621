"""What managers do and see where people and money meet. An edge in several files."""

from billing.manager import document_pages, merge_pages, notice_pages, recovery_pages, starter_pages
from billing.manager.blueprint import blueprint

__all__ = ["blueprint", "document_pages", "merge_pages", "notice_pages", "recovery_pages", "starter_pages"]
