"""A member's money: invoices, paying one, the card on file, and the way back from Stripe. Edges."""

from billing.portal import card_pages, invoice_pages, return_pages
from billing.portal.blueprint import blueprint

__all__ = ["blueprint", "card_pages", "invoice_pages", "return_pages"]
