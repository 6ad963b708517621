"""What managers do and see where people and money meet. An edge in several files."""

from billing.manager import (
    dispute_pages,
    document_pages,
    merge_pages,
    notice_pages,
    owed_pages,
    payout_move_pages,
    payout_pages,
    promo_pages,
    recovery_pages,
    refund_pages,
    run_pages,
    starter_pages,
    till_pages,
    turnover_pages,
)
from billing.manager.blueprint import blueprint

__all__ = [
    "blueprint",
    "dispute_pages",
    "document_pages",
    "merge_pages",
    "notice_pages",
    "owed_pages",
    "payout_move_pages",
    "payout_pages",
    "promo_pages",
    "recovery_pages",
    "refund_pages",
    "run_pages",
    "starter_pages",
    "till_pages",
    "turnover_pages",
]
