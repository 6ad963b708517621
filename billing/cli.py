"""`taper bill`: a location's run for a date, for real or rehearsed; `taper runs`: what they did."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date, datetime

import click
from flask import Flask
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from billing import stripe_cli
from billing.runs import proofs, rehearsals, run, run_shown
from billing.runs.rehearsals import Before, Rehearsal
from billing.runs.run import RunReport
from config import clock
from config.db import snapshot
from config.errors import Refused
from config.formats import money
from config.screen import show_table
from locations import places
from locations.models import Location


def init_app(app: Flask) -> None:
    """Add billing's commands to the application's."""
    app.cli.add_command(bill)
    app.cli.add_command(stripe_cli.adopt)
    app.cli.add_command(stripe_cli.reconcile)
    app.cli.add_command(runs)


@click.command("bill")
@click.option("--on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Business date.")
@click.option("--location", "slug", help="One studio; all of them if not given.")
@click.option("--rehearse", is_flag=True, help="Say what would be billed; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def bill(on: datetime, slug: str | None, rehearse: bool, as_json: bool) -> None:
    """Issue what is due by a date and collect it."""
    where = places.open_ones() if slug is None else [places.find(slug)]
    if rehearse:
        found = [rehearsals.rehearse(one, on=on.date()) for one in where]
        pairs = zip(where, found, strict=True)
        before = [rehearsals.a_month_before(one, rehearsed) for one, rehearsed in pairs]
        _print_rehearsal(found, before, where, as_json)
        return
    _refuse_tomorrow(where, on.date())
    reports = [_bill(one, on.date(), quiet=as_json) for one in where]
    _print_reports(reports, where, as_json)
    if any(not report.taken for report in reports):
        click.echo("Another worker is running some of these; try again later.", err=True)
        sys.exit(4)


@click.command("runs")
@click.option("--location", "slug", help="One studio; all of them if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def runs(slug: str | None, as_json: bool) -> None:
    """The newest runs, each with its proof: issued = invoices = books, booked = collected."""
    where = places.open_ones() if slug is None else [places.find(slug)]
    with snapshot():
        found = [(one, proofs.of(one)) for one in proofs.newest([place.id for place in where])]
        rows = [run_shown.as_json(one, proof) for one, proof in found]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    figures = ("Issued", "Amount", "Booked", "Collected", "Parked")
    shown = [
        (
            one.place_name,
            one.on.isoformat() + (f" (resumed {one.resumes})" if one.resumes else ""),
            str(one.issued),
            *(
                money(cents, one.currency)
                for cents in (one.issued_cents, proof.books.cents, proof.stripe.cents)
            ),
            str(one.parked),
            "holds" if proof.holds else "differs",
        )
        for one, proof in found
    ]
    show_table("Billing runs", ("Studio", "Date", *figures, "Proof"), shown, right=figures)


def _refuse_tomorrow(where: list[Location], on: date) -> None:
    """A day that has not begun is not billed: a slip in the year would charge everybody."""
    now = clock.now()
    for one in where:
        today = places.business_date(one, now)
        if on > today:
            raise Refused("not_yet", f"In {one.name} it is {today}: use --rehearse to look ahead.")


def _bill(location: Location, on: date, *, quiet: bool) -> RunReport:
    if quiet or not sys.stderr.isatty():
        return run.bill(location, on=on)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} of {task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(location.name, total=0)
        seen = {"issued": 0, "settled": 0}

        def progress(what: str, count: int) -> None:
            seen["issued" if what == "issued" else "settled"] += count
            bar.update(task, total=seen["issued"], completed=min(seen.values()))

        return run.bill(location, on=on, progress=progress)


def _print_reports(reports: list[RunReport], where: list[Location], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(r) for r in reports], default=str, indent=2))
        return
    figures = ("Issued", "Amount", "Paid", "Failed", "Unknown", "Parked")
    shown = [
        (
            location.name,
            report.on.isoformat() + (" (resumed)" if report.resumed else ""),
            str(report.issued),
            money(report.issued_cents, location.currency),
            str(report.outcomes["succeeded"]),
            str(report.outcomes["failed"] + report.outcomes["action"]),
            str(report.outcomes["unknown"]),
            str(report.parked),
        )
        for report, location in zip(reports, where, strict=True)
    ]
    show_table("Billing run", ("Studio", "Date", *figures), shown, right=figures)


def _print_rehearsal(
    found: list[Rehearsal], before: list[Before], where: list[Location], as_json: bool
) -> None:
    if as_json:
        both = zip(found, before, strict=True)
        rows = [{**asdict(one), "month_before": asdict(then)} for one, then in both]
        click.echo(json.dumps(rows, default=str, indent=2))
        return
    figures = ("Invoices", "Net", "Tax", "Total", "Held back", "A month before", "New", "Gone")
    shown = [
        (
            location.name,
            one.on.isoformat(),
            str(one.count),
            *(
                money(cents, location.currency)
                for cents in (one.net_cents, one.tax_cents, one.total_cents)
            ),
            str(len(one.held)),
            f"{then.count}, {money(then.total_cents, location.currency)}",
            str(then.new_count),
            str(then.gone_count),
        )
        for one, then, location in zip(found, before, where, strict=True)
    ]
    title = "Rehearsal: nothing was written"
    show_table(title, ("Studio", "Date", *figures), shown, right=figures)
