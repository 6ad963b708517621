"""Work done in a fork of this process, which says at the end what came of it."""

from __future__ import annotations

import json
import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

RAISED = 1


class Fork(NamedTuple):
    """A process that works, and the file in which it says what its work returned."""

    pid: int
    said: Path


def begin(work: Callable[[], Any], said: Path, *, patience_s: int = 0) -> Fork:
    """A fork that does `work` and ends; the kernel ends it after so many seconds, if any."""
    said.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        _live(work, said, patience_s)
    return Fork(pid, said)


def end(fork: Fork) -> tuple[int, Any]:
    """Wait for it; its exit code and what it returned, or, with code RAISED, what it raised."""
    _, status = os.waitpid(fork.pid, 0)
    said = json.loads(fork.said.read_text()) if fork.said.exists() else None
    return os.waitstatus_to_exitcode(status), said


def do(work: Callable[[], Any], said: Path, *, patience_s: int = 0) -> tuple[int, Any]:
    """Do `work` in a fork; its exit code and what it returned. Raises what it raised."""
    code, told = end(begin(work, said, patience_s=patience_s))
    if code == RAISED:
        raise RuntimeError(told)
    return code, told


def _live(work: Callable[[], Any], said: Path, patience_s: int) -> None:
    """Never returns."""
    signal.alarm(patience_s)
    code = RAISED
    try:
        said.write_text(json.dumps(work()))
        code = 0
    except BaseException:
        said.write_text(json.dumps(traceback.format_exc()))
    finally:
        os._exit(code)
