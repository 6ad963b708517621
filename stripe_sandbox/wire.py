"""A small HTTP/1.1 server: loopback only, keep-alive, one thread a connection.

The standard library's handler parses headers with the e-mail package, which costs more than a
whole call here; and a fault such as a reset needs the socket itself.
"""

from __future__ import annotations

import socket
import socketserver
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

_LARGEST_HEAD = 64 * 1024
_LARGEST_BODY = 4 * 1024 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Request:
    """One request; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Response:
    """One answer. `fate`: send, reset (the connection breaks) or hang (silence for `ms`)."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    fate: str = "send"
    ms: int = 0


class Server(socketserver.ThreadingTCPServer):
    """Listens on loopback; `answer` turns a request into a response."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port: int, answer: Callable[[Request], Response]) -> None:
        self.answer = answer
        super().__init__(("127.0.0.1", port), _Connection)

    @property
    def url(self) -> str:
        """The base address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        try:
            while True:
                found = self._read(buffer)
                if found is None:
                    return
                request, buffer = found
                if not self._respond(self.server.answer(request), request.method == "HEAD"):
                    return
        except (ConnectionError, TimeoutError):
            return
        except _BadRequestError as problem:
            self._respond(Response(problem.status, b"", {"Connection": "close"}), False)

    def _read(self, buffer: bytes) -> tuple[Request, bytes] | None:
        """The next request and what came after it; None when the peer has closed."""
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            if len(buffer) > _LARGEST_HEAD:
                raise _BadRequestError(431)
            chunk = self.request.recv(65536)
            if not chunk:
                return None
            buffer += chunk
        line, headers = _head(buffer[:end])
        stop = end + 4 + _length(headers)
        parts, missing = [buffer], stop - len(buffer)
        while missing > 0:
            chunk = self.request.recv(min(65536, missing))
            if not chunk:
                return None
            parts.append(chunk)
            missing -= len(chunk)
        buffer = b"".join(parts)
        method, _, rest = line.partition(" ")
        path, _, query = rest.partition(" ")[0].partition("?")
        return Request(method, path, query, headers, buffer[end + 4 : stop]), buffer[stop:]

    def _respond(self, response: Response, head_only: bool) -> bool:
        """Send; false when the connection is over."""
        if response.fate == "hang":
            time.sleep(response.ms / 1000)
            return False
        if response.fate == "reset":
            # Linger of zero seconds: closing sends RST, not FIN.
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
            return False
        head = [f"HTTP/1.1 {response.status} {_phrase(response.status)}"]
        head += [f"{name}: {value}" for name, value in response.headers.items()]
        head.append(f"Content-Length: {len(response.body)}")
        sent = "\r\n".join(head).encode("latin-1") + b"\r\n\r\n"
        self.request.sendall(sent if head_only else sent + response.body)
        return response.headers.get("Connection") != "close"


def _head(raw: bytes) -> tuple[str, dict[str, str]]:
    """Request line and headers. A foreign Host is refused: no page elsewhere may reach us."""
    lines = raw.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if lines[0].count(" ") != 2 or headers.get("host", "").rpartition(":")[0] not in _LOOPBACK:
        raise _BadRequestError(400)
    return lines[0], headers


def _length(headers: dict[str, str]) -> int:
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdigit():
        raise _BadRequestError(411)
    if int(length) > _LARGEST_BODY:
        raise _BadRequestError(413)
    return int(length)


class _BadRequestError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
