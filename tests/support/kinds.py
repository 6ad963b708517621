"""For a quick look: each test once, on one kind of database, and either kind has its share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from zlib import crc32

KINDS = ("sqlite", "postgresql")
ONE_IN = 4  # on PostgreSQL, whose server takes a third of such a test's time


def left_out(tests: Iterable[str]) -> frozenset[str]:
    """Of tests (by id) that differ in nothing but the kind of database, all but one.

    Which one follows from the test's name alone, so that all processes agree and a test that
    failed is there in the next look.
    """
    alike: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for test in tests:
        for kind in KINDS:
            if kind in test:
                alike[test.replace(kind, "*")][kind] = test
    return frozenset(
        test
        for name, twins in alike.items()
        if len(twins) == len(KINDS)
        for kind, test in twins.items()
        if kind != _kind_for(name)
    )


def _kind_for(name: str) -> str:
    return KINDS[crc32(name.encode()) % ONE_IN == 0]
