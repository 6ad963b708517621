"""The processes of an installation: one that does it all, or web, clock and workers apart."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from waitress.server import create_server

from config import migrations
from config.errors import Refused
from config.queue import InProcessQueue, ProcrastinateQueue, current_queue
from config.scheduler import Clockwork, Entry
from config.settings import Settings

SANDBOX_PORT = 12111
WEB_THREADS = 16
Tick = Callable[[Entry], object]


def commands(timetable: Sequence[Entry], tick: Tick) -> list[click.Command]:
    """`serve`, `clock`, `worker` and `sandbox`; what the clock asks for is given."""

    @click.command("serve")
    @click.option("--host", help="Address to listen on; the settings' own if not given.")
    @click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
    @with_appcontext
    def serve(host: str | None, port: int | None) -> None:
        """Serve the site; in embedded mode also keep the timetable and do its work."""
        settings = _settings()
        _require_tables()
        app: Flask = current_app._get_current_object()  # pyright: ignore
        where = (host or settings.host, port or settings.port)
        if settings.mode == "grown":
            _listen(app, settings, where)
            return
        clockwork = _started(app, timetable, tick)
        try:
            _listen(app, settings, where)
        finally:
            _wind_down(clockwork)

    @click.command("clock")
    @with_appcontext
    def clock() -> None:
        """Keep the timetable; a second clock does no harm."""
        _require_tables()
        clockwork = _started(current_app._get_current_object(), timetable, tick)  # pyright: ignore
        click.echo("The clock is running.", err=True)
        _stop_on_signals()
        try:
            clockwork.wait()
        except KeyboardInterrupt:
            click.echo("The clock stops.", err=True)
        finally:
            _wind_down(clockwork)

    @click.command("worker")
    @click.option("--concurrency", type=click.IntRange(1, 64), help="Jobs at once.")
    @with_appcontext
    def worker(concurrency: int | None) -> None:
        """Do the work that the clock and the site ask for; any number, on any machine."""
        queue = current_queue()
        if not isinstance(queue, ProcrastinateQueue):
            raise Refused("embedded", "Workers need TAPER_MODE=grown; embedded, serve does it all.")
        _require_tables()
        click.echo("The worker is waiting for jobs.", err=True)
        queue.run_worker(concurrency or _settings().worker_concurrency)

    return [serve, clock, worker, sandbox]


@click.command("sandbox", context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@with_appcontext
def sandbox(options: tuple[str, ...]) -> None:
    """Run the stand-in for Stripe; OPTIONS go to it, `-- --help` lists them."""
    given = " ".join(options)
    defaults = [] if "--port" in given else ["--port", str(SANDBOX_PORT)]
    if "--db" not in given:
        folder = _settings().var_dir
        folder.mkdir(parents=True, exist_ok=True)
        defaults += ["--db", str(folder / "sandbox.sqlite3")]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "stripe_sandbox", *defaults, *options])  # noqa: S606


def _settings() -> Settings:
    return current_app.extensions["taper.settings"]


def _require_tables() -> None:
    """A new embedded installation gets its tables; an older one is for a person to upgrade."""
    here, wanted = migrations.revision_here(), migrations.revision_wanted()
    if here is None and _settings().mode == "embedded":
        migrations.upgrade()
    elif here != wanted:
        raise Refused("database_behind", "Run `taper db upgrade` first: the tables are older.")


def _started(app: Flask, timetable: Sequence[Entry], tick: Tick) -> Clockwork:
    clockwork = Clockwork()
    clockwork.start(timetable, partial(_tick_inside, app, tick))
    return clockwork


def _tick_inside(app: Flask, tick: Tick, entry: Entry) -> None:
    with app.app_context():
        tick(entry)


def _wind_down(clockwork: Clockwork) -> None:
    clockwork.stop()
    queue = current_queue()
    if isinstance(queue, InProcessQueue):
        queue.close()


def _listen(app: Flask, settings: Settings, where: tuple[str, int]) -> None:
    host, port = where
    server = create_server(
        app,
        host=host,
        port=port,
        threads=WEB_THREADS,
        ident=None,
        # Werkzeug counts the proxies in front; waitress must let their headers through to it.
        clear_untrusted_proxy_headers=not settings.proxy_hops,
    )
    _stop_on_signals()
    click.echo(f"Serving {settings.group_name} at http://{host}:{port}", err=True)
    try:
        server.run()
    finally:
        server.close()


def _stop_on_signals() -> None:
    """SIGTERM ends a process as Ctrl-C does: what runs may finish."""

    def stop(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
