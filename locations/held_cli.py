"""`taper held`: studios whose days wait for a person, after a long stop or a leap of the clock."""

from __future__ import annotations

from datetime import datetime

import click
from flask import Flask
from flask.cli import with_appcontext

from config import audit, clock
from config.audit import Actor
from config.db import transaction
from config.errors import Refused
from locations import business_days, places


def init_app(app: Flask) -> None:
    """Add the command to the application's."""
    app.cli.add_command(held)


@click.group("held", invoke_without_command=True)
@click.pass_context
@with_appcontext
def held(context: click.Context) -> None:
    """Studios whose days wait for a person, because time leapt; `release` lets them go on."""
    if context.invoked_subcommand is not None:
        return
    for place in business_days.held_ones():
        click.echo(f"{place.slug} waits: look at the clock, then `taper held release`.")


@held.command("release")
@click.option("--location", "slug", required=True, help="The studio that goes on.")
@click.option(
    "--on", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The first day it works."
)
@with_appcontext
def release(slug: str, day: datetime) -> None:
    """Go on from a day, at most today; what is older is due on it."""
    place, on, now = places.find(slug), day.date(), clock.now()
    if on > places.business_date(place, now):
        raise Refused("still_to_come", "This day is still to come.")
    with transaction():
        business_days.release_hold(place.id, resume_on=on)
        audit.record(
            actor=Actor(None, "command line"),
            action="days_released",
            subject_type="location",
            subject_id=place.id,
            location_id=place.id,
            facts={"on": on},
            now=now,
        )
    click.echo(f"{place.name} goes on from {on.isoformat()}.")
