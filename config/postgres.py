"""PostgreSQL's manners: a connection is asked whether it lives only after it has been idle."""

from __future__ import annotations

import time
from typing import Any, cast

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError

# To ask before every transaction costs as much as a statement does; a run has 75 a second.
ASK_AFTER_S = 1.0
_IDLE_SINCE = "taper.idle_since"


def teach(engine: Engine) -> None:
    """Let a connection that the server has closed meanwhile be replaced when it is taken."""

    @event.listens_for(engine, "checkin")
    def _rest(_connection: Any, record: Any) -> None:
        record.info[_IDLE_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get(_IDLE_SINCE)
        if since is None or time.monotonic() - since < ASK_AFTER_S:
            return
        dialect = cast(Any, engine.dialect)
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
