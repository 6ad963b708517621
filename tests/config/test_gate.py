"""Whoever waits at a page writes before the work that waits in dozens of threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from config.sqlite import FairGate


def _order(gate: FairGate, arrivals: list[tuple[str, Callable[[], None]]]) -> list[str]:
    """The gate is busy; they come one after the other; who was served when."""
    served: list[str] = []
    gate.acquire_for_work()
    threads = []
    for n, (name, acquire) in enumerate(arrivals, start=1):

        def wait(name: str = name, acquire: Callable[[], None] = acquire) -> None:
            acquire()
            served.append(name)
            gate.release()

        threads.append(threading.Thread(target=wait))
        threads[-1].start()
        while len(gate._people) + len(gate._work) < n:
            time.sleep(0)
    gate.release()
    for thread in threads:
        thread.join(timeout=10)
    return served


def test_a_person_who_came_last_goes_before_the_work_that_waited() -> None:
    gate = FairGate()
    work, person = gate.acquire_for_work, gate.acquire_for_person
    came = [("charge 1", work), ("charge 2", work), ("desk", person)]
    assert _order(gate, came) == ["desk", "charge 1", "charge 2"]


def test_work_has_its_turn_after_eight_people_in_a_row() -> None:
    gate = FairGate()
    people = [(f"person {n}", gate.acquire_for_person) for n in range(10)]
    served = _order(gate, [("charge", gate.acquire_for_work), *people])
    assert served.index("charge") == FairGate.PEOPLE_IN_A_ROW
    assert len(served) == 11
