"""`python -m stripe_sandbox --port 0 --db PATH`: start a sandbox and serve until stopped."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

from stripe_sandbox.app import Api
from stripe_sandbox.clock import SandboxClock
from stripe_sandbox.control import Control
from stripe_sandbox.limiter import Limiter
from stripe_sandbox.lists import page
from stripe_sandbox.objects import events
from stripe_sandbox.pages import Pages
from stripe_sandbox.store import Store
from stripe_sandbox.webhooks import Courier
from stripe_sandbox.wire import Request, Response, Server


def main(argv: list[str] | None = None) -> int:
    """Parse the command line, listen, say where, serve."""
    options = _options(argv)
    store = Store(options.db)
    simulated = options.clock == "simulated"
    start = (
        int(options.now.timestamp()) if simulated and options.now else (0 if simulated else None)
    )
    api = Api(store, SandboxClock(store, start), Limiter(
        per_endpoint=options.rate_limit, in_all=options.rate_limit_all))  # fmt: skip
    courier = Courier(api)
    control, pages = Control(api, courier), Pages(api)

    def answer(request: Request) -> Response:
        if request.path.startswith("/v1/"):
            return api.answer(request)
        if request.path.startswith("/_sandbox/") and not request.path.endswith(".css"):
            return control.answer(request)
        return pages.answer(request)

    server = Server(options.port, answer)
    api.base_url = server.url
    if options.webhook:
        _listen(api, options.webhook, options.webhook_secret)
    courier.start()
    # Every call is already committed, so there is nothing to wind down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if options.exit_with_parent:
        threading.Thread(target=_watch_parent, daemon=True).start()
    _announce(server.url, options.ready_file)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.5)
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stripe_sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--db", type=Path, required=True, help="the sandbox's own SQLite file")
    parser.add_argument("--clock", choices=("system", "simulated"), default="system")
    parser.add_argument("--now", type=datetime.fromisoformat, help="ISO 8601 with an offset")
    parser.add_argument("--rate-limit", type=_limit, default=25, metavar="N|off",
                        help="requests a second per endpoint (25)")  # fmt: skip
    parser.add_argument("--rate-limit-all", type=_limit, default=100, metavar="N|off",
                        help="requests a second in all (100)")  # fmt: skip
    parser.add_argument("--webhook", metavar="URL", help="where events are sent")
    parser.add_argument("--webhook-secret", default="whsec_sandbox")
    parser.add_argument("--ready-file", type=Path, help="written once the sandbox listens")
    parser.add_argument("--exit-with-parent", action="store_true",
                        help="end when standard input closes")  # fmt: skip
    options = parser.parse_args(argv)
    if options.now is not None and options.now.tzinfo is None:
        parser.error("--now needs an offset, e.g. 2026-03-01T00:00:00+00:00")
    return options


def _limit(text: str) -> int | None:
    return None if text == "off" else int(text)


def _listen(api: Api, url: str, secret: str) -> None:
    """One endpoint per address, however often the sandbox is started."""
    known = page(api.store, "webhook_endpoint", params={"limit": 100}, filters={}, url="")
    with api.store.transaction():
        for endpoint in known["data"]:
            if endpoint["url"] == url:
                api.store.save({**endpoint, "_secret": secret})
                return
        events.register(api.call(), url, ["*"], secret)


def _announce(url: str, ready_file: Path | None) -> None:
    ready = json.dumps({"url": url, "pid": os.getpid()})
    if ready_file is not None:
        # Written whole or not at all, for somebody is waiting to read it.
        partial = ready_file.with_suffix(".partial")
        partial.write_text(ready)
        partial.replace(ready_file)
    print(ready, flush=True)
    print("This is not Stripe: a stand-in that moves no money.", file=sys.stderr, flush=True)


def _watch_parent() -> None:
    """Standard input is a pipe that only the parent holds: its end is the parent's end."""
    while os.read(0, 1024):
        pass
    os._exit(0)


if __name__ == "__main__":
    raise SystemExit(main())
