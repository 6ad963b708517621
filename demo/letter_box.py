"""The address to which the stand-in for Stripe brings its letters, while a story is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from config.errors import Unavailable

HOST = "127.0.0.1"


@contextmanager
def listening(port: int) -> Iterator[WSGIServer]:
    """Takes letters while it lasts; port 0 is any that is free, Unavailable where one is taken."""
    try:
        server = make_server(HOST, port, lambda *_: [], handler_class=_Quiet)
    except OSError as taken:
        raise Unavailable(
            "port_taken", f"Port {port} is in use; choose another one with --port."
        ) from taken
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        return
