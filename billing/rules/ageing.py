"""How long money has been asked for: buckets of days since the invoice. Pure."""

from __future__ import annotations

# The last day of each bucket; what is older belongs to the last one.
BUCKETS = {
    "days_0_7_cents": (0, 7),
    "days_8_30_cents": (8, 30),
    "days_31_60_cents": (31, 60),
    "days_61_90_cents": (61, 90),
    "days_over_90_cents": (91, None),
}


def bucket_of(days: int) -> str:
    """The bucket of an invoice that is so many days old; one dated tomorrow is new."""
    for name, (_, most) in BUCKETS.items():
        if most is None or days <= most:
            return name
    raise AssertionError("the last bucket has no end")
