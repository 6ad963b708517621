"""What desks and managers do for one member, a page an act: an edge in several files."""

from membership.manager import done_pages, extend_pages, leave_pages
from membership.manager.blueprint import blueprint

__all__ = ["blueprint", "done_pages", "extend_pages", "leave_pages"]
