"""One database and one stand-in for Stripe, put back to before a flow as often as needed.

Each step (the flow, its recovery) happens in a fork of this process, which has one thread and
holds no connection, so that a killed flow leaves nothing behind but what it had stored.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask

from app import create_app
from billing.gateway import Gateway
from config.clock import ManualLeaseClock, SimulatedClock
from config.db import db
from config.secret import Secret
from stripe_sandbox.launch import Running
from tests.crash import forks
from tests.crash.copies import Before
from tests.crash.flow import Flow, Picture, Way
from tests.crash.mutants import MUTANTS
from tests.crash.points import KILLED, Point, Tracer
from tests.crash.world import BEFORE_ALL, RUN_AT
from tests.support import databases

PATIENCE_S = 120
SOON = Way(letters_first=False, keys_forgotten=False)


class Stage:
    """A flow, and the state of everything before it."""

    def __init__(
        self,
        made: type[Flow],
        *,
        url: str,
        folder: Path,
        stripe: Running,
        stripe_file: Path,
        mutant: str | None,
    ) -> None:
        self._folder = folder
        self._stripe = stripe
        self.mutant = mutant
        self._clock = SimulatedClock(BEFORE_ALL)
        leases = ManualLeaseClock()
        self._before = Before(url, stripe_file)
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
        self._app: Flask = create_app(settings, clock=self._clock, leases=leases)
        self.flow = made(stripe, self._clock, leases)

    def prepare(self) -> None:
        """Build the world and keep a copy of it; then run it once, so that forks begin warm."""
        self._here(self._build)
        self._before.keep()
        self.restore()
        self._here(self.flow.act)
        self._here(lambda: self._recovered(SOON))
        gc.freeze()

    def trace(self) -> list[Point]:
        """The points of a flow that nobody kills."""
        self.restore()
        _, seen = self.fork(lambda: self.traced(Tracer()))
        return [Point(*point) for point in seen]

    def undisturbed(self, way: Way) -> Picture:
        """The picture after a flow that nobody killed and the same recovery."""
        self.restore()
        self.fork(lambda: self.traced(Tracer()))
        _, told = self.fork(lambda: self._recovered(way))
        if told["complaints"]:
            raise AssertionError(f"the flow is wrong even when nobody kills it: {told}")
        return told["picture"]

    def kill_at(self, point: Point, way: Way, expected: Picture) -> list[str]:
        """Everything that is wrong after a flow was killed at a point and recovered."""
        self.restore()
        code, _ = self.fork(lambda: self.traced(Tracer(point)))
        if code != KILLED:
            return [f"was not killed there: exit code {code}"]
        return self.found_after(way, expected)

    def found_after(self, way: Way, expected: Picture) -> list[str]:
        """What is wrong once all is recovered, whatever happened."""
        _, told = self.fork(lambda: self._recovered(way))
        return told["complaints"] + list(_differences(expected, told["picture"]))

    def _build(self) -> None:
        self.flow.build()
        self.flow.move(RUN_AT)
        if db.engine.dialect.name == "sqlite":
            db.session.remove()
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def traced(self, tracer: Tracer) -> list[Point]:
        """Do what the flow does, under this tracer's eyes; in a fork."""
        tracer.watch(db.engine)
        self.flow.act()
        return tracer.seen

    def _recovered(self, way: Way) -> dict[str, Any]:
        self.flow.recover(way)
        return {"complaints": self.flow.complaints(), "picture": self.flow.picture(way)}

    def _here(self, work: Callable[[], Any]) -> Any:
        """Do `work` in this process, and leave no connection behind for a fork to share."""
        with self._app.app_context():
            self._open_a_door()
            result = work()
            db.session.remove()
            db.engine.dispose()
        return result

    def fork(self, work: Callable[[], Any]) -> tuple[int, Any]:
        """Do `work` in a fork; its exit code and what it returned. Raises what it raised."""
        said = self._folder / "said.json"
        return forks.do(lambda: self._alone(work), said, patience_s=PATIENCE_S)

    def begin(self, work: Callable[[], Any]) -> forks.Fork:
        """A fork that does `work` meanwhile."""
        said = self._folder / "said meanwhile.json"
        return forks.begin(lambda: self._alone(work), said, patience_s=PATIENCE_S)

    def _alone(self, work: Callable[[], Any]) -> Any:
        if self.mutant is not None:
            MUTANTS[self.mutant]()
        return self._here(work)

    def _open_a_door(self) -> None:
        """A gateway of this process's own: an inherited connection would be shared."""
        held = self._app.extensions["taper.collecting"]
        gateway = Gateway(api_key=self._stripe.api_key, api_base=self._stripe.url, timeout_s=10)
        self._app.extensions["taper.collecting"] = replace(held, gateway=gateway)

    def restore(self) -> None:
        """Back to before all of it, here and at Stripe."""
        self._clock.set(RUN_AT)
        self._stripe.control("POST", "reset", {"now": RUN_AT.isoformat()})
        self._before.restore()


def _differences(expected: Picture, found: Picture) -> Iterator[str]:
    for who in sorted(expected.keys() | found.keys()):
        should, has = expected.get(who, []), found.get(who, [])
        if should != has:
            yield f"{who}: missing {_less(should, has)}, too much {_less(has, should)}"


def _less(these: list[str], those: list[str]) -> list[str]:
    left = list(those)
    return [one for one in these if one not in left or left.remove(one)]
