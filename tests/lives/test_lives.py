"""Whole lives of members, made up at random: whatever they do, what happens is what was shown.

After every step the small reference model, the member's own pages and the doctor agree.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from stripe_sandbox.launch import Running
from tests.lives.desk import AtTheDesk
from tests.lives.pages import OnOwnPages

STEPS = 50


class WholeLife(AtTheDesk, OnOwnPages):
    """All that a member may do, in any order."""


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in its turn."""
    return request.param


def _live(kind: str, stripe: Running, *, lives: int, chance: int) -> None:
    """`lives` of them, the same every time for the same `chance`."""
    machine = seed(chance)(type("OneLife", (WholeLife,), {"kind": kind, "stripe": stripe}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # A shorter story of a failure would take minutes; the one told can be read as it is.
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


# Fifty lives of fifty steps for a lunch break, in shares that go to as many processes as there are,
# and over a thousand for a night.
@pytest.mark.long
@pytest.mark.parametrize("chance", range(5))
def test_whatever_a_member_does_is_what_was_shown(kind: str, stripe: Running, chance: int) -> None:
    _live(kind, stripe, lives=5, chance=chance)


@pytest.mark.nightly
@pytest.mark.parametrize("chance", [*range(5, 20), *range(100, 140)])
def test_many_more_lives_are_what_was_shown(kind: str, stripe: Running, chance: int) -> None:
    _live(kind, stripe, lives=20, chance=chance)
