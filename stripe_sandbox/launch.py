"""Start a sandbox in a process of its own, from a test, a demo or the command line."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

API_KEY = "sk_test_sandbox"


class ControlRefusedError(Exception):
    """The control API said no; the second argument is the error as it was sent."""


@dataclass
class Running:
    """A sandbox that listens at `url`. It ends with `stop()`, and in any case with its parent."""

    url: str
    pid: int
    api_key: str
    webhook_secret: str
    process: subprocess.Popen[str] = field(repr=False)

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request to `/_sandbox/{path}`; returns its JSON. Raises ControlRefusedError."""
        host = self.url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=60)
        try:
            connection.request(method, f"/_sandbox/{path}", json.dumps(body or {}))
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status >= 400:
            raise ControlRefusedError(said["error"].get("message", "refused"), said["error"])
        return said

    def stop(self) -> None:
        """End it gently; harmless when it is over already."""
        self.process.terminate()
        self._reap()

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        self._reap()

    def _reap(self) -> None:
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.stop()


def launch(
    *,
    db: Path,
    port: int = 0,
    now: datetime | None = None,
    rate_limit: int | None = None,
    rate_limit_all: int | None = None,
    webhook: str | None = None,
    webhook_secret: str = "whsec_sandbox",
) -> Running:
    """Start a sandbox and return once it listens.

    `now` (aware) gives it a simulated clock standing there; None the machine's clock. Limits are
    requests a second, None means none. `webhook` is the address events are sent to. Raises
    RuntimeError when it does not start within ten seconds.
    """
    command = [
        sys.executable, "-m", "stripe_sandbox", "--db", str(db), "--port", str(port),
        "--rate-limit", _shown(rate_limit), "--rate-limit-all", _shown(rate_limit_all),
        "--webhook-secret", webhook_secret, "--exit-with-parent",
    ]  # fmt: skip
    if now is not None:
        command += ["--clock", "simulated", "--now", now.isoformat()]
    if webhook is not None:
        command += ["--webhook", webhook]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, cwd=Path(__file__).parent.parent,
        # Ctrl-C is meant for whoever launched it, who still has calls to make.
        start_new_session=True,
    )  # fmt: skip
    ready = _first_line(process)
    if not ready:
        process.kill()
        process.wait()
        raise RuntimeError("The sandbox did not start.")
    said = json.loads(ready)
    return Running(said["url"], said["pid"], API_KEY, webhook_secret, process)


def _first_line(process: subprocess.Popen[str]) -> str:
    lines: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()), daemon=True)  # type: ignore[union-attr]
    reader.start()
    reader.join(timeout=10)
    return lines[0] if lines else ""


def _shown(limit: int | None) -> str:
    return "off" if limit is None else str(limit)
