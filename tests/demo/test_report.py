"""What a demo says of its year: so many of each, in words that agree with the number."""

from __future__ import annotations

import pytest

from demo.report import counted


@pytest.mark.parametrize(
    ("what", "times", "said"),
    [
        ("visits", 3_122, "3,122 visits"),
        ("packs paid by cash", 1, "1 pack paid by cash"),
        ("policies tightened", 1, "1 policy tightened"),
        ("price rises", 1, "1 price rise"),
        ("ended at once", 1, "1 ended at once"),
        ("STARTER-3", 6, "6 × STARTER-3"),
    ],
)
def test_one_of_something_is_not_told_as_many(what: str, times: int, said: str) -> None:
    assert counted(what, times) == said
