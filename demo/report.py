"""What a demo says at its end: what happened in the year, and where to sign in."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from demo.group import MEMBER, STAFF


def happenings(console: Console, counts: Mapping[str, int], *, seconds: float) -> None:
    """How often what has happened, and how long it took to live through it."""
    table = Table(title=f"Lived through in {seconds:.0f} seconds", title_justify="left")
    table.add_column("What happened")
    table.add_column("Times", justify="right")
    for what, times in sorted(counts.items()):
        if times:
            table.add_row(what, f"{times:,}")
    console.print(table)


def sign_ins(console: Console, address: str) -> None:
    """Where to sign in, as whom, and with which password."""
    table = Table(title=f"Sign in at {address}/login", title_justify="left")
    for heading in ("As", "Name", "E-mail", "Password"):
        table.add_column(heading)
    for one in (MEMBER, *reversed(STAFF)):
        where = f"{one.who} of {one.slug.title()}" if one.slug else one.who
        table.add_row(where, one.name, one.email, one.password)
    console.print(table)
    console.print("The stand-in for Stripe takes its test cards, such as 4242 4242 4242 4242.")
