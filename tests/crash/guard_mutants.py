"""Guards taken away: what is read is not held, and what comes next is counted from what came last.

On SQLite one writer at a time is let in, so that a race for a row is none there; the mutants of
races are for PostgreSQL.
"""

from __future__ import annotations

import re
import threading
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from config.calendar import Cycle, add_months
from config.statements import Statement
from membership.credits import credit_rows
from membership.models import CreditGrant

_LOCK = re.compile(r"\s+FOR (NO KEY )?UPDATE( OF [\w, ]+)?( SKIP LOCKED)?\s*$")
_PATIENCE_S = 2.0


def naive_claim() -> None:
    """Look whether somebody has the run, or the attempt, and then write that we have it."""
    _never_lock("billing_run")
    _never_lock("payment_attempt")


def read_then_write_credits() -> None:
    """Write what was read less one, whatever has become of it meanwhile."""
    _never_lock("credit_grant")
    table = sa.inspect(CreditGrant).local_table
    credit_rows._MOVE = Statement(
        sa.update(table)
        .where(table.c.id == sa.bindparam("grant"))
        .values(
            remaining=sa.bindparam("seen", type_=sa.Integer) + sa.bindparam("quantity"),
            remaining_cents=sa.bindparam("seen_cents", type_=sa.Integer) + sa.bindparam("cents"),
        )
        .returning(table.c.remaining, table.c.remaining_cents)
    )


def period_from_the_last_period() -> None:
    """A month after the last renewal, instead of the n-th month after the anchor."""

    def drifting(self: Cycle, n: int) -> Any:
        on = self.anchor
        for _ in range(n):
            on = add_months(on, self.interval.count, anchor_day=on.day)
        return on

    Cycle._boundary = drifting  # type: ignore[method-assign]


def _never_lock(name: str) -> None:
    """Every read of this table that meant to hold it holds nothing, and meets another reader."""
    reads = re.compile(rf"\sFROM {name}\b")
    meeting = _Meeting()

    @event.listens_for(sa.Engine, "before_cursor_execute", retval=True)
    def _unlocked(
        _conn: Any, _cursor: Any, text: str, values: Any, context: Any, _many: bool
    ) -> tuple[str, Any]:
        return (_LOCK.sub(" -- seen", text) if reads.search(text) else text), values

    @event.listens_for(sa.Engine, "after_cursor_execute")
    def _met(_conn: Any, _cursor: Any, text: str, *_more: Any) -> None:
        if text.endswith("-- seen") and reads.search(text):
            meeting.attend()


class _Meeting:
    """Whoever comes waits a little for somebody who comes later."""

    def __init__(self) -> None:
        self._came = 0
        self._door = threading.Condition()

    def attend(self) -> None:
        """Leave when the next one has come, or after a while alone."""
        with self._door:
            self._came += 1
            mine = self._came
            self._door.notify_all()
            self._door.wait_for(lambda: self._came > mine, timeout=_PATIENCE_S)
