"""What work costs, in figures that a busy machine spoils as little as can be."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Cost(NamedTuple):
    """Seconds on the wall, and of this process's CPU."""

    wall: float
    cpu: float


class Costs(list[Cost]):
    """One cost per batch, or per call."""

    def time(self, work: Callable[[], T]) -> T:
        """Do it, and remember what it cost."""
        wall, cpu = time.perf_counter(), time.process_time()
        done = work()
        self.append(Cost(time.perf_counter() - wall, time.process_time() - cpu))
        return done

    @property
    def wall(self) -> float:
        """Seconds in all."""
        return sum(cost.wall for cost in self)

    @property
    def cpu(self) -> float:
        """CPU seconds in all."""
        return sum(cost.cpu for cost in self)

    def undisturbed(self) -> float:
        """Wall seconds in all if every batch had been as quick as the quickest tenth.

        On a machine that others use as well, this is nearest to what an idle one shows.
        """
        return len(self) * at(sorted(cost.wall for cost in self), 0.1)


def at(values: Sequence[float], share: float) -> float:
    """The value that this share of the sorted ones does not exceed."""
    return values[min(len(values) - 1, int(share * len(values)))]


def memory_from_here_mb() -> float:
    """Forget the highest memory so far (Linux only); what this process holds now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status_mb("VmRSS")


def highest_memory_mb() -> float:
    """The most that this process has held since that was last forgotten."""
    return _status_mb("VmHWM")


def _status_mb(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
