"""One database and one stand-in for Stripe, put back to before the run as often as needed.

Each step (a run, its recovery) happens in a fork of this process, which has one thread and holds
no connection, so that a killed run leaves nothing behind but what it had stored.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from app import create_app
from billing import day
from billing.gateway import Gateway
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from config.secret import Secret
from locations import places
from stripe_sandbox.launch import Running
from tests.crash import recovery
from tests.crash.mutants import MUTANTS
from tests.crash.points import KILLED, Point, Tracer
from tests.crash.recovery import Way
from tests.crash.world import BEFORE_ALL, RUN_AT, World
from tests.support import databases, postgres

PATIENCE_S = 120
SOON = Way(letters_first=False, keys_forgotten=False)


class Stage:
    """One database, one stand-in for Stripe, and the state of both before the run."""

    def __init__(self, url: str, folder: Path, stripe: Running, mutant: str | None) -> None:
        self._url = url
        self._folder = folder
        self._stripe = stripe
        self._mutant = mutant
        self._clock = SimulatedClock(BEFORE_ALL)
        self._leases = ManualLeaseClock()
        settings = databases.settings_for(
            url,
            folder,
            charge_threads=1,
            catch_up_days=40,
            stripe_api_key=Secret(stripe.api_key),
            stripe_api_base=stripe.url,
            stripe_rate_per_endpoint=100_000,
            stripe_rate_total=100_000,
        )
        self._app: Flask = create_app(settings, clock=self._clock, leases=self._leases)
        with self._app.app_context():
            hurry(db.engine)

    def prepare(self) -> None:
        """Build the world and keep a copy of it; then run it once, so that forks begin warm."""
        self._here(self._build)
        if self._url.startswith("sqlite"):
            shutil.copyfile(self._file, self._file.with_suffix(".before"))
        else:
            postgres.run(f"CREATE DATABASE {self._name}_before TEMPLATE {self._name}")
        self._copy_stripe(self._stripe_file, self._stripe_file.with_suffix(".before"))
        self._restore()
        self._here(lambda: day.work(places.find("sea").id))
        self._here(lambda: self._recover(SOON))
        gc.freeze()

    def trace(self) -> list[Point]:
        """The points of a run that nobody kills."""
        self._restore()
        _, seen = self._fork(lambda: self._run(None))
        return [Point(*point) for point in seen]

    def undisturbed(self, way: Way) -> dict[str, list[str]]:
        """The picture after a run that nobody killed and the same recovery."""
        self._restore()
        self._fork(lambda: self._run(None))
        _, told = self._fork(lambda: self._recover(way))
        if told["complaints"]:
            raise AssertionError(f"the run is wrong even when nobody kills it: {told}")
        return told["picture"]

    def kill_at(self, point: Point, way: Way, expected: dict[str, list[str]]) -> list[str]:
        """Everything that is wrong after a run was killed at a point and recovered."""
        self._restore()
        code, _ = self._fork(lambda: self._run(point))
        if code != KILLED:
            return [f"was not killed there: exit code {code}"]
        _, told = self._fork(lambda: self._recover(way))
        return told["complaints"] + list(_differences(expected, told["picture"]))

    def _build(self) -> None:
        World(self._clock, self._stripe, self._fresh_gateway()).build()
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _run(self, die_at: Point | None) -> list[Point]:
        tracer = Tracer(die_at)
        tracer.watch(db.engine)
        day.work(places.find("sea").id)
        return tracer.seen

    def _recover(self, way: Way) -> dict[str, Any]:
        recovery.recover(way, stripe=self._stripe, leases=self._leases)
        return {
            "complaints": recovery.complaints(),
            "picture": recovery.picture(way, stripe=self._stripe),
        }

    def _here(self, work: Callable[[], Any]) -> Any:
        """Do `work` in this process, and leave no connection behind for a fork to share."""
        with self._app.app_context():
            self._fresh_gateway()
            result = work()
            db.session.remove()
            db.engine.dispose()
        return result

    def _fork(self, work: Callable[[], Any]) -> tuple[int, Any]:
        """Do `work` in a fork; its exit code and what it returned. Raises what it raised."""
        said = self._folder / "said.json"
        said.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            signal.alarm(PATIENCE_S)
            code = 1
            try:
                if self._mutant is not None:
                    MUTANTS[self._mutant]()
                said.write_text(json.dumps(self._here(work)))
                code = 0
            except BaseException:
                said.write_text(json.dumps(traceback.format_exc()))
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        result = json.loads(said.read_text()) if said.exists() else None
        if code == 1:
            raise RuntimeError(result)
        return code, result

    def _fresh_gateway(self) -> Gateway:
        """A door of this process's own: an inherited connection would be shared."""
        held = self._app.extensions["taper.collecting"]
        gateway = Gateway(api_key=self._stripe.api_key, api_base=self._stripe.url, timeout_s=10)
        self._app.extensions["taper.collecting"] = replace(held, gateway=gateway)
        return gateway

    def _restore(self) -> None:
        if self._url.startswith("sqlite"):
            for end in ("-wal", "-shm"):
                Path(f"{self._file}{end}").unlink(missing_ok=True)
            shutil.copyfile(self._file.with_suffix(".before"), self._file)
        else:
            postgres.run(f"DROP DATABASE {self._name} WITH (FORCE)")
            postgres.run(f"CREATE DATABASE {self._name} TEMPLATE {self._name}_before")
        self._stripe.control("POST", "reset", {"now": RUN_AT.isoformat()})
        self._copy_stripe(self._stripe_file.with_suffix(".before"), self._stripe_file)

    @staticmethod
    def _copy_stripe(source: Path, target: Path) -> None:
        reading, writing = sqlite3.connect(source), sqlite3.connect(target, timeout=30)
        with reading, writing:
            reading.backup(writing)
        reading.close()
        writing.close()

    @property
    def _file(self) -> Path:
        return Path(self._name)

    @property
    def _stripe_file(self) -> Path:
        return self._folder / "stripe.sqlite3"

    @property
    def _name(self) -> str:
        return str(sa.make_url(self._url).database)


def hurry(engine: sa.Engine) -> None:
    """Processes are killed here, machines are not: what the system holds for SQLite is safe."""
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _no_waiting_for_the_disk(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")


def _differences(expected: dict[str, list[str]], found: dict[str, list[str]]) -> Iterator[str]:
    for who in sorted(expected.keys() | found.keys()):
        should, has = expected.get(who, []), found.get(who, [])
        if should != has:
            yield f"{who}: missing {_less(should, has)}, too much {_less(has, should)}"


def _less(these: list[str], those: list[str]) -> list[str]:
    left = list(those)
    return [one for one in these if one not in left or left.remove(one)]
