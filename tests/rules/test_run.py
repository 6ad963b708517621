"""A run writes in batches that nobody waits long for."""

from __future__ import annotations

import pytest

from billing.rules.run import LEAST_BATCH, next_batch


@pytest.mark.parametrize(
    ("size", "took_s", "expected"),
    [
        (500, 0.05, 500),
        (500, 0.1, 500),
        (500, 0.2, 250),
        (500, 5.0, LEAST_BATCH),
        (100, 0.01, 200),
        (400, 0.02, 500),
        (LEAST_BATCH, 0.0, 2 * LEAST_BATCH),
    ],
)
def test_a_batch_that_took_long_is_followed_by_a_smaller_one_and_grows_again_slowly(
    size: int, took_s: float, expected: int
) -> None:
    assert next_batch(size, took_s=took_s, most=500) == expected
