"""How commands show tables: ruled and coloured for a person, bare columns for a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def show_table(
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
) -> None:
    """Print rows of text on stdout; columns named in `right` hold figures.

    In a pipe there is no title, no rule and no wrapping: one row is one line. On a narrow screen
    a cell goes on below; nothing of it is cut off.
    """
    console = Console()
    table = Table(title=title, title_justify="left")
    if not console.is_terminal:
        console = Console(width=10_000)
        table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in headings:
        side: Literal["left", "right"] = "right" if heading in right else "left"
        table.add_column(heading, justify=side, overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table, soft_wrap=not console.is_terminal)
