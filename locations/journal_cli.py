"""`taper journal` and `taper months`: the books as files, and closed for good, from a prompt."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import click
from flask import Flask
from flask.cli import with_appcontext

from config import clock
from config.audit import Actor
from config.calendar import month_of
from config.db import transaction
from config.formats import month as month_words
from locations import closing_books, journal_export, places
from locations.journal_export import LAYOUTS, Layout

_DAY = click.DateTime(["%Y-%m-%d"])


def init_app(app: Flask) -> None:
    """Add these commands to the application's."""
    app.cli.add_command(journal)
    app.cli.add_command(months)


@click.group("journal")
def journal() -> None:
    """Every entry of the books."""


@journal.command("export")
@click.option("--from", "first", required=True, type=_DAY, help="The first business day.")
@click.option("--to", "last", required=True, type=_DAY, help="The last one, which counts.")
@click.option("--location", "slug", help="One studio; all of them if not given.")
@click.option("--format", "layout", type=click.Choice(LAYOUTS), default="generic")
@with_appcontext
def export(first: datetime, last: datetime, slug: str | None, layout: str) -> None:
    """Write the journal as CSV: balanced per studio and day, the same bytes every time."""
    if last < first:
        raise click.BadParameter("comes before --from", param_hint="'--to'")
    where = places.all_ones() if slug is None else [places.find(slug)]
    text = journal_export.export(
        where, first=first.date(), last=last.date(), layout=cast(Layout, layout)
    )
    click.echo(text, nl=False)


@click.group("months")
def months() -> None:
    """Months of the books, open and closed."""


@months.command("lock")
@click.argument("month", type=click.DateTime(["%Y-%m"]))
@with_appcontext
def lock(month: datetime) -> None:
    """Lock a month for the whole group, for good: 2027-01."""
    now = clock.now()
    with transaction():
        row = closing_books.lock(month_of(month.date()), by=Actor(None, "command line"), now=now)
    click.echo(f"{month_words(row.month)} is locked.")
