"""Log lines: structured, tied to a request by its id, and clean of what is nobody's business."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict, Processor

from config.clock import monotonic
from config.ids import new_id
from config.redaction import redacted
from config.settings import Settings

HEADER = "X-Request-ID"
_SANE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_OURS = frozenset({"event", "level", "timestamp", "logger", "request_id", "exc_info"})
_log = structlog.get_logger("taper.http")


def init_logs(app: Flask, settings: Settings) -> None:
    """Send every log of this process to stderr in one shape, and give each request an id."""
    configure(settings)
    app.before_request(_begin)
    app.after_request(_finish)


def configure(settings: Settings) -> None:
    """The process's logging, ours and every library's."""
    level = getattr(logging, settings.log_level.upper())
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*before, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                clean,
                _renderer(settings),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if not _is_ours(h)]
    handler.set_name("taper")
    root.addHandler(handler)
    root.setLevel(level)
    # It warns of every tick that finds the last one still at work, which is as meant.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    # It tells of every retry it makes; whoever asked is told once, by the error.
    logging.getLogger("stripe").setLevel(logging.WARNING)


def clean(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Processor: hides private keys, card-like numbers, addresses, secrets, control characters."""
    own = {key: value for key, value in event.items() if key in _OURS}
    rest = {key: value for key, value in event.items() if key not in _OURS}
    # Our own keys keep their names, but what a library put into a message is cleaned as well.
    return {**{key: redacted(value) for key, value in own.items()}, **redacted(rest)}


def request_id() -> str | None:
    """The id of the request being answered; None outside of one."""
    return g.get("request_id") if g else None


class _StandardError(logging.StreamHandler[Any]):
    """Writes to whatever stderr is at that moment: a test, or a progress bar, may exchange it."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: Any) -> None:
        """The base class sets it once; there is nothing to keep."""


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(default=str)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _is_ours(handler: logging.Handler) -> bool:
    return handler.get_name() == "taper"


def _begin() -> None:
    offered = request.headers.get(HEADER, "")
    g.request_id = offered if _SANE_ID.fullmatch(offered) else str(new_id())
    g.began = monotonic()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    _log.info(
        "answered",
        method=request.method,
        # The rule, not the path: a path may carry a token, and its ids are nobody's business.
        route=str(request.url_rule) if request.url_rule else "none",
        status=response.status_code,
        ms=round(1000 * (monotonic() - g.began), 1),
    )
    return response
