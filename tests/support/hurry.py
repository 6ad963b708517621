"""What tests do not wait for: the disk, and the SDK's pause between two tries.

Tests end processes, never the machine, so what was written need not have reached the disk.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import stripe
from sqlalchemy import event
from sqlalchemy.pool import Pool

_TOLD = "tests.hurry"


@event.listens_for(Pool, "checkout")
def _write_through_later(connection: Any, record: Any, _proxy: Any) -> None:
    if isinstance(connection, sqlite3.Connection) and _TOLD not in record.info:
        record.info[_TOLD] = True
        connection.execute("PRAGMA synchronous=OFF")


stripe.HTTPClient.INITIAL_DELAY = 0.02
