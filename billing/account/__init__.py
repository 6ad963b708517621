"""What members buy on their own pages beside joining. An edge."""

from billing.account import credit_pages, document_pages, extension_pages, start_pages
from billing.account.blueprint import blueprint

__all__ = ["blueprint", "credit_pages", "document_pages", "extension_pages", "start_pages"]
