"""The desk's pages about one member: their card, selling, what a manager may do. Edges."""

from billing.desk import (
    card_pages,
    code_pages,
    credit_pages,
    exempt_pages,
    extra_pages,
    refund_pages,
    sale_pages,
    staff_pages,
    tender_pages,
    till_pages,
)
from billing.desk.blueprint import blueprint

__all__ = [
    "blueprint",
    "card_pages",
    "code_pages",
    "credit_pages",
    "exempt_pages",
    "extra_pages",
    "refund_pages",
    "sale_pages",
    "staff_pages",
    "tender_pages",
    "till_pages",
]
