"""CPU seconds of the benchmark's own PostgreSQL server: work that moved out of our process."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.postgres import FOLDER_VARIABLE

_TICKS = os.sysconf("SC_CLK_TCK")


def server_seconds() -> float:
    """What it has used since it started, its ended connections included; 0 where none runs."""
    pid_file = Path(os.environ.get(FOLDER_VARIABLE, "/nowhere")) / "data" / "postmaster.pid"
    if not pid_file.exists():
        return 0.0
    first = pid_file.read_text().splitlines()[0]
    stats = {path.parent.name: _stat(path) for path in Path("/proc").glob("[0-9]*/stat")}
    own, reaped = sum(stats[first][1:3]), sum(stats[first][3:5])
    living = sum(sum(stat[1:3]) for stat in stats.values() if stat and stat[0] == int(first))
    return (own + reaped + living) / _TICKS


def _stat(path: Path) -> tuple[int, ...]:
    """Parent, user and system ticks, and those of its reaped children; empty where it ended."""
    try:
        fields = path.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ()
    return int(fields[1]), *(int(field) for field in fields[11:15])
