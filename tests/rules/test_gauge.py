"""What is offered after which notes: never a charge, and nothing at all without a note."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.rules import gauge
from membership.rules.journey import Phase

SCORES = st.lists(st.integers(0, 10), max_size=12)
PHASES: Sequence[Phase] = ("intensive", "maintenance", "relapse", "none")


@pytest.mark.parametrize(
    ("phase", "scores", "left", "offered"),
    [
        ("intensive", [4, 3, 2], 0, "extension"),
        ("intensive", [4, 3, 2], 1, None),
        ("intensive", [8, 7, 3], 0, "maintenance"),
        ("intensive", [8], 0, None),
        ("intensive", [6, 8], 0, "extension"),
        ("none", [8, 7], 0, "maintenance"),
        ("none", [3], 0, None),
        ("maintenance", [3, 4, 8, 8], 2, "booster"),
        ("maintenance", [3, 8, 8, 8], 2, None),
        ("maintenance", [4, 4, 5, 6], 2, None),
        ("maintenance", [2, 3], 2, "booster"),
        ("maintenance", [9, 9, 9], 0, None),
        ("relapse", [1, 1, 9], 0, None),
    ],
)
def test_the_notes_latest_first_lead_to_an_offer_or_to_none(
    phase: Phase, scores: list[int], left: int, offered: str | None
) -> None:
    assert gauge.offer(phase, scores, sessions_left=left) == offered


@given(st.sampled_from(PHASES), SCORES, st.integers(0, 5))
def test_an_offer_suits_its_phase_and_needs_a_note(
    phase: Phase, scores: list[int], left: int
) -> None:
    found = gauge.offer(phase, scores, sessions_left=left)
    suits = {
        "intensive": {"extension", "maintenance", None},
        "none": {"maintenance", None},
        "maintenance": {"booster", None},
        "relapse": {None},
    }
    assert found in suits[phase]
    if not scores:
        assert found is None


def test_the_consent_stands_apart_and_says_how_it_ends() -> None:
    words = gauge.wording("Cold Rooms")
    assert words.version == gauge.VERSION
    for part in ("Cold Rooms", "0 to 10", "never lead to a charge", "withdraw", "erases them all"):
        assert part in words.text
