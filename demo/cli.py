"""`taper demo`: a group of studios lives through fourteen months, then opens its doors to you."""

from __future__ import annotations

import fcntl
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import Flask
from flask.cli import ScriptInfo
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from config import cli
from config.calendar import day_bounds, local_date
from config.clock import Clock
from config.db import run_txn
from config.errors import Refused
from config.settings import Settings
from demo import group, report, year
from demo.world import WEBHOOK_SECRET, CreateApp, settings_for, world
from stripe_sandbox.launch import Running, launch

MARK = "This folder belongs to `taper demo`, which builds it anew each time.\n"
OPENS_AT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Lived:
    """What is left of the story: its span, what happened in it, and the stand-in's address."""

    first: date
    last: date
    counts: Mapping[str, int]
    seconds: float
    stripe_port: int
    port: int


def init_app(app: Flask, *, create_app: CreateApp) -> None:
    """Add the command; it builds applications of its own with `create_app`."""
    app.cli.add_command(command(create_app))


def command(create_app: CreateApp) -> click.Command:
    """`demo`, which begins anew each time it is called."""

    @click.command("demo")
    @click.option("--serve/--no-serve", default=True, help="Serve the site afterwards.")
    @click.option("--port", default=8000, type=click.IntRange(1, 65535), help="Where to serve it.")
    @click.option("--people", default=year.PEOPLE, type=click.IntRange(1, 5000), help="How many.")
    @click.option("--months", default=year.MONTHS, type=click.IntRange(1, 60), help="How long.")
    @click.pass_context
    def demo(context: click.Context, serve: bool, port: int, people: int, months: int) -> None:
        """Live through fourteen months of three studios, then serve their site."""
        here = context.ensure_object(ScriptInfo).load_app()
        settings: Settings = here.extensions["taper.settings"]
        clock: Clock = here.extensions["taper.clock"]
        with _own_folder(settings.var_dir) as folder:
            lived = _live(
                create_app,
                folder,
                port=port if serve else 0,
                people=people,
                months=months,
                until=clock.now(),
            )
            # From here on time is the machine's, at Stripe's stand-in as with us.
            with launch(
                db=folder / "stripe.sqlite3",
                port=lived.stripe_port,
                webhook=f"http://127.0.0.1:{lived.port}/webhooks/stripe",
                webhook_secret=WEBHOOK_SECRET,
            ) as stripe:
                sys.exit(_show(create_app, folder, lived, stripe, serve=serve))

    return demo


def _live(
    create_app: CreateApp, folder: Path, *, port: int, people: int, months: int, until: datetime
) -> Lived:
    """The months up to now, with a bar that shows how far they have come."""
    zone = group.STUDIOS[0].zone
    last = local_date(until, zone)
    first = year.first_day(last, months=months)
    begins = day_bounds(first, zone)[0] + OPENS_AT
    started = time.monotonic()
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with (
        world(create_app, folder=folder, port=port, begins=begins) as here,
        Progress(*columns, console=console, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("Opening", total=(last - first).days + 1)
        founded = run_txn(lambda: group.found(opened_on=first, now=begins))
        story = year.live(
            here,
            founded,
            first=first,
            until=until,
            people=people,
            progress=lambda today: bar.update(task, advance=1, description=f"{today:%b %Y}"),
        )
        here.stripe.stop()
        return Lived(
            first=first,
            last=last,
            counts=story.counts,
            seconds=time.monotonic() - started,
            stripe_port=urlsplit(here.stripe.url).port or 0,
            port=here.app.extensions["taper.settings"].port,
        )


def _show(
    create_app: CreateApp, folder: Path, lived: Lived, stripe: Running, *, serve: bool
) -> int:
    """Books and doctor by the product's own commands; then the site, if all is well."""
    report.happenings(lived.counts, seconds=lived.seconds)
    settings = settings_for(folder, port=lived.port, stripe=stripe)
    app = create_app(settings)
    months = ("--from", f"{lived.first:%Y-%m}", "--to", f"{lived.last:%Y-%m}")
    for arguments in (("revenue", *months), ("doctor", "--stripe")):
        code = _run(app, *arguments)
        if code:
            return code
    if not serve:
        return 0
    report.sign_ins(settings.base_url)
    return _run(app, "serve")


def _run(app: Flask, *arguments: str) -> int:
    """One of the product's own commands, as if it had been typed; returns its exit code."""
    try:
        return cli.run(lambda: app, arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1


@contextmanager
def _own_folder(var_dir: Path) -> Iterator[Path]:
    """An empty `demo` folder, held against a second demo; refuses one that is not ours."""
    folder, lock = var_dir / "demo", var_dir / "demo.lock"
    var_dir.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as busy:
            raise Refused("demo_runs", f"A demo is running in {folder} already.") from busy
        mark = folder / "README"
        if folder.exists():
            if not mark.exists() or mark.read_text() != MARK:
                raise Refused("not_a_demo", f"{folder} is not a demo's: move it away first.")
            shutil.rmtree(folder)
        folder.mkdir()
        mark.write_text(MARK)
        yield folder
