"""Comma-separated files that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

# A text that begins so is a formula to a spreadsheet, even between quotes.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def sheet(header: Sequence[str], rows: Iterable[Sequence[str | int | Decimal]]) -> str:
    """The file's text. Numbers stay numbers; a text that looks like a formula gets a quote."""
    return written(header, ([_cell(value) for value in row] for row in rows))


def written(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """The file's text, of cells that are `harmless` or numbers already."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = text.replace("\x00", "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def _cell(value: str | int | Decimal) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    return harmless(value)
