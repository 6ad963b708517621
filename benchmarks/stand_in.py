"""A process that answers two of Stripe's calls after a while, and remembers when each came.

`python -m benchmarks.stand_in LATENCY_MS` prints its address and serves until its input closes.
It keeps no objects and refuses nothing: it is what remains of Stripe when only time is asked for.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import parse_qs
from urllib.request import urlopen

Arrivals = dict[str, list[float]]


class StandIn:
    """Create and confirm of payment intents; GET /arrivals tells when they were asked for."""

    def __init__(self, latency_s: float) -> None:
        self.latency_s = latency_s
        self.arrivals: Arrivals = {"create": [], "confirm": []}
        self._numbers = count(1)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests, one after the other."""
        while (head := await _head(reader)) is not None:
            method, path = head.split(" ", 2)[:2]
            body = await reader.readexactly(_length(head))
            answer = self._arrivals() if method == "GET" else await self._answer(path, body)
            said = json.dumps(answer).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                + str(len(said)).encode()
                + b"\r\n\r\n"
                + said
            )
            await writer.drain()
        writer.close()

    async def _answer(self, path: str, body: bytes) -> dict[str, object]:
        confirming = path.endswith("/confirm")
        self.arrivals["confirm" if confirming else "create"].append(time.monotonic())
        await asyncio.sleep(self.latency_s)
        if confirming:
            return _intent(path.split("/")[3], "succeeded")
        amount = parse_qs(body.decode())["amount"][0]
        return _intent(f"pi_{next(self._numbers)}_{amount}", "requires_confirmation")

    def _arrivals(self) -> Arrivals:
        seen, self.arrivals = self.arrivals, {"create": [], "confirm": []}
        return seen


@contextmanager
def running(*, latency_ms: int) -> Iterator[str]:
    """Its address, while it runs in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stand_in", str(latency_ms)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(timeout=10)


def arrivals(address: str) -> Arrivals:
    """When each call came since this was last asked, in seconds of one clock."""
    with urlopen(f"{address}/arrivals") as answer:
        return json.load(answer)


def _intent(id_: str, status: str) -> dict[str, object]:
    return {
        "id": id_,
        "object": "payment_intent",
        "status": status,
        "amount": int(id_.rpartition("_")[2]),
        "currency": "usd",
        "latest_charge": id_.replace("pi_", "ch_") if status == "succeeded" else None,
        "livemode": False,
        "created": 1,
        "metadata": {},
    }


async def _head(reader: asyncio.StreamReader) -> str | None:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def _length(head: str) -> int:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


async def _serve(latency_s: float) -> None:
    server = await asyncio.start_server(StandIn(latency_s).converse, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)  # whoever started it is gone: there is no conversation to end in good manners


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) / 1000))
