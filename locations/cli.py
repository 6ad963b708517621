"""`taper revenue`, `journal`, `months` and `user`: the books and the staff, from a prompt."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from typing import cast

import click
from flask import Flask
from flask.cli import with_appcontext

from config import clock
from config.audit import Actor
from config.db import transaction
from config.fields import SafeStr
from config.formats import money
from config.formats import month as month_words
from config.inputs import Input, read
from config.screen import show_table
from locations import closing_books, journal_export, people, places, revenue
from locations.journal_export import LAYOUTS, Layout
from locations.models import ROLES, Location

YEARS = (2000, 2199)
_DAY = click.DateTime(["%Y-%m-%d"])
_FIGURES = {
    "Net sales": "net_sales_cents",
    "Tax": "tax_cents",
    "Cash": "cash_cents",
    "Refunds": "refunds_cents",
    "Disputes": "disputes_cents",
    "Fees": "processor_fees_cents",
    "Earned": "earned_cents",
    "Breakage": "breakage_cents",
    "Deferred": "deferred_close_cents",
}


class NewUser(Input):
    """Whoever is added; the address is checked where accounts are opened."""

    name = SafeStr(most=160, required=True)


def init_app(app: Flask) -> None:
    """Add this floor's commands to the application's."""
    app.cli.add_command(revenue_command)
    app.cli.add_command(journal)
    app.cli.add_command(months)
    app.cli.add_command(user)


@click.command("revenue")
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m", "%Y-%m-%d"]))
@click.option("--to", "last", required=True, type=click.DateTime(["%Y-%m", "%Y-%m-%d"]))
@click.option("--location", "slug", help="One studio; all of them if not given.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table")
@with_appcontext
def revenue_command(first: datetime, last: datetime, slug: str | None, form: str) -> None:
    """Revenue per location and month, from the books alone; both months count."""
    if last < first:
        raise click.BadParameter("comes before --from", param_hint="'--to'")
    if not YEARS[0] <= first.year <= last.year <= YEARS[1]:
        raise click.BadParameter("months are from 2000-01 to 2199-12", param_hint="'--from'")
    where = places.all_ones() if slug is None else [places.find(slug)]
    report = revenue.by_month(
        location_ids=[one.id for one in where], first=_month(first), last=_month(last)
    )
    if form == "json":
        click.echo(json.dumps(revenue.as_json(report), indent=2))
    elif form == "csv":
        click.echo(revenue.as_csv(report), nl=False)
    else:
        _print(report)


def _month(moment: datetime) -> date:
    return moment.date().replace(day=1)


def _print(report: revenue.RevenueReport) -> None:
    show_table(
        "Revenue",
        ("Month", "Studio", *_FIGURES),
        [
            (
                f"{row.month:%Y-%m}",
                row.place_name,
                *(money(getattr(row, name), row.currency) for name in _FIGURES.values()),
            )
            for row in report.rows
        ],
        right=tuple(_FIGURES),
    )


@click.group("user")
def user() -> None:
    """Look after the people who may sign in."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice(ROLES), help="A role; none adds nothing to do.")
@click.option("--location", "slug", help="The studio of a manager or of a desk.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_appcontext
def add(email: str, name: str, role: str | None, slug: str | None, password_stdin: bool) -> None:
    """Add somebody, or give somebody who is known another role.

    Without --password-stdin a terminal is asked; elsewhere the person sets one by mail.
    """
    given = read(NewUser, {"name": name})
    place = None if slug is None else places.find(slug)
    secret = _password(password_stdin)
    now = clock.now()
    with transaction():
        account = people.find_by_email(email)
        if account is None:
            account = people.create_account(
                email=email, name=given["name"], password=secret, now=now
            )
        if role is not None:
            people.grant_role(
                account.id,
                role=role,
                location_id=place.id if place else None,
                by=Actor(None, "command line"),
                now=now,
            )
    click.echo(f"{account.email} {_described(role, place)}.")


def _password(from_stdin: bool) -> str | None:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        return None
    return click.prompt("Password", hide_input=True, confirmation_prompt=True)


def _described(role: str | None, place: Location | None) -> str:
    if role is None:
        return "may sign in"
    return f"is {role} of {place.name if place else 'the group'}"


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
        row = closing_books.lock(_month(month), by=Actor(None, "command line"), now=now)
    click.echo(f"{month_words(row.month)} is locked.")
