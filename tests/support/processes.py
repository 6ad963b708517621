"""Taper's own processes, started as an operator would and ended by their id."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.support.databases import SECRET_TEXTS

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
_LOOK_EVERY_S = 0.1
_END_WITHIN_S = 30.0


def environment(url: str, var_dir: Path, **more: str) -> dict[str, str]:
    """Variables of an installation on this database; nothing of ours leaks in from outside."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TAPER_")}
    given = {
        "TAPER_DATABASE_URL": url,
        "TAPER_VAR_DIR": str(var_dir),
        "TAPER_LOG_LEVEL": "warning",
        "TAPER_STRIPE_API_KEY": "sk_test_sandbox",
        "TAPER_STRIPE_WEBHOOK_SECRETS": "whsec_only_for_tests",
        **{f"TAPER_{name.upper()}": text for name, text in SECRET_TEXTS.items()},
    }
    return kept | given | more


@contextmanager
def running(
    *words: str, environ: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A `taper` command in a process of its own; what it says goes to `log`."""
    command = [sys.executable, "-c", "from app import main; main()", *words]
    with log.open("ab") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environ), stdout=said, stderr=said, start_new_session=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def ended(process: subprocess.Popen[bytes]) -> int:
    """Ask a process to end, as a service manager does, and return its exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(_END_WITHIN_S)


def eventually(look: Callable[[], T | None], *, within_s: float, log: Path) -> T:
    """What `look` finds, as soon as it finds something; AssertionError with the log if never."""
    until = time.monotonic() + within_s
    pause = threading.Event()
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        pause.wait(_LOOK_EVERY_S)
    raise AssertionError(f"waited {within_s} s in vain; the processes said:\n{log.read_text()}")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status_of(port: int, path: str) -> int | None:
    """The status a site on loopback answers with; None while it does not listen."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
