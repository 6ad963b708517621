"""When an attempt whose outcome is unknown is looked at again. Pure; on lease time, in ms."""

from __future__ import annotations

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

GAPS_MS = (0, 5 * MINUTE_MS, HOUR_MS, DAY_MS, DAY_MS, DAY_MS, DAY_MS, DAY_MS)
ALARM_AFTER_MS = DAY_MS


def look_due(*, looks: int, looked_at_ms: int | None, now_ms: int) -> bool:
    """Whether it is time: at once when its lease is over, after 5 min, 1 h, then daily."""
    if looked_at_ms is None:
        return True
    gap = GAPS_MS[min(looks, len(GAPS_MS) - 1)]
    return now_ms - looked_at_ms >= gap
