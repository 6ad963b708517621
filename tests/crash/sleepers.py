"""Two workers at once, of whom one falls asleep between two side effects: its lease runs out, the
other does the work, and then the first wakes and goes on as if nothing had been; or both die.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from billing.runs.runs import ClaimLost
from tests.crash import forks
from tests.crash.flow import Picture
from tests.crash.points import KILLED, Point, Tracer, die
from tests.crash.stage import SOON, Stage

LEASE_MS = 121_000
COMMITS = 9


class _DiesAfter(Tracer):
    """Dies with its n-th commit done; lives if it does not commit so often."""

    def __init__(self, commits: int) -> None:
        super().__init__()
        self._left = commits

    def reach(self, what: str) -> None:
        super().reach(what)
        self._left -= what == "after commit"
        if self._left == 0:
            die()


def oversleep_at(stage: Stage, point: Point, expected: Picture) -> list[str]:
    """What is wrong after a worker slept there while another did its work, and then went on."""
    stage.restore()
    woken, wake = os.pipe()
    sleeper = _asleep_at(stage, point, woken)
    stage.fork(lambda: _overtake(stage, Tracer()))
    os.write(wake, b"!")
    for end in (woken, wake):
        os.close(end)
    code, said = forks.end(sleeper)
    return [f"the sleeper ended with {code}: {said}"] if code else _found(stage, expected)


def both_die(stage: Stage, point: Point, nth: int, expected: Picture) -> list[str]:
    """What is wrong after a worker slept there for ever, and the other died some commits later."""
    stage.restore()
    woken, wake = os.pipe()
    sleeper = _asleep_at(stage, point, woken)
    code, _ = stage.fork(lambda: _overtake(stage, _DiesAfter(1 + nth % COMMITS)))
    os.kill(sleeper.pid, signal.SIGKILL)
    os.waitpid(sleeper.pid, 0)
    for end in (woken, wake):
        os.close(end)
    assert code in (0, KILLED), code
    return _found(stage, expected)


def _asleep_at(stage: Stage, point: Point, woken: int) -> forks.Fork:
    """A worker that has fallen asleep there, until something can be read from `woken`."""
    asleep, falls = os.pipe()

    def sleep() -> None:
        os.write(falls, b"z")
        os.read(woken, 1)
        stage.flow.leases.advance(LEASE_MS)

    def work() -> None:
        with suppress(ClaimLost):  # another has taken the run over: it is left to them
            stage.traced(Tracer(point, sleep))

    sleeper = stage.begin(work)
    os.close(falls)
    fell = os.read(asleep, 1)
    os.close(asleep)
    assert fell, f"nobody slept at {point}"
    return sleeper


def _overtake(stage: Stage, tracer: Tracer) -> None:
    """The lease of whoever sleeps is over; the same work is done by another."""
    stage.flow.leases.advance(LEASE_MS)
    stage.traced(tracer)


def _found(stage: Stage, expected: Picture) -> list[str]:
    return stage.found_after(SOON, expected)
