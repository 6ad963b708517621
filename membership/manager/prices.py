"""Pages about what is sold and what it brings, under /manage: catalogue, price rises, MRR."""

from membership.manager import (
    catalogue_pages,
    liability_pages,
    mrr_pages,
    rise_pages,
)
from membership.manager.prices_blueprint import blueprint

__all__ = [
    "blueprint",
    "catalogue_pages",
    "liability_pages",
    "mrr_pages",
    "rise_pages",
]
