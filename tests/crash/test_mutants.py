"""The harness, or a test of every day, turns red for ways to bill that look right and are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.harness import RENEWAL, ROOT, rig
from tests.crash.mutants import MUTANT_VARIABLE, MUTANTS
from tests.support import postgres

pytestmark = pytest.mark.long

# Caught where a process is killed at points of this kind, by a finding that says this.
BY_A_CRASH = {
    # Stripe made a second intent, because it could not know that the first was ours.
    "fresh_key_per_try": (r"^took effect POST /v1/payment_intents$", "intent"),
    # Once Stripe has forgotten the key, nothing tells that the first intent was paid.
    "no_row_before_the_call": (r"^took effect POST .*/confirm$", "charge"),
    # Between the two commits lies an attempt that succeeded and an invoice nobody paid.
    "result_and_postings_apart": (r"^after commit$", "missing"),
}
# Caught by a test of every day. SQLite lets one writer in at a time: races are for PostgreSQL.
BY_A_TEST = {
    "timeout_is_failure": (
        "billing/faults/test_charges.py::test_one_charge_is_made_and_written_down_once_stripe_is_back"
        "[sqlite-confirm-500_after-once]"
    ),
    "lease_shorter_than_a_call": (
        "billing/test_lease_faults.py::TestSlow::"
        "test_attempt_whose_answer_is_slow_is_left_to_the_worker_that_waits_for_it[sqlite]"
    ),
    "naive_claim": "billing/test_lease_faults.py::"
    "test_claim_of_a_run_that_was_over_before_is_given_to_one[postgresql]",
    "read_then_write_credits": "membership/test_credit_races.py::"
    "test_the_guard_on_the_count_alone_also_gives_the_last_credit_once[postgresql]",
    "period_from_the_last_period": "stories/test_05_month_end.py::"
    "test_plan_bought_on_january_31_renews_on_the_last_of_each_month_up_to_leap_february[sqlite]",
}


@pytest.mark.parametrize("mutant", BY_A_CRASH)
def test_mutant_is_caught_by_a_crash(mutant: str, tmp_path: Path) -> None:
    only, said = BY_A_CRASH[mutant]
    report = rig("sqlite", tmp_path, only=only, mutant=mutant)[RENEWAL]
    assert report.findings, f"{mutant} was not noticed in {report.done} kills"
    assert any(said in line for lines in report.findings.values() for line in lines)


@pytest.mark.parametrize("mutant", BY_A_TEST)
def test_mutant_is_caught_by_a_test(mutant: str, tmp_path: Path) -> None:
    assert_caught(BY_A_TEST[mutant], mutant, tmp_path)


def test_two_workers_who_lease_one_attempt_are_caught_too(tmp_path: Path) -> None:
    leased = "billing/test_lease_faults.py::"
    leased += "test_attempt_is_leased_to_one_of_those_who_come_at_once[postgresql]"
    assert_caught(leased, "naive_claim", tmp_path)


def test_every_mutant_is_caught_by_something() -> None:
    assert {*BY_A_CRASH, *BY_A_TEST} == set(MUTANTS)


def assert_caught(test: str, mutant: str, folder: Path) -> None:
    """The test was run, and said no in its own words."""
    told = outcome_of(test, mutant, folder)
    assert f"\nFAILED tests/{test}" in told, told[-4000:]
    assert "AssertionError" in told, f"it failed of something else: {told[-4000:]}"


def outcome_of(test: str, mutant: str, folder: Path) -> str:
    """What pytest says of one test with a mutant in place."""
    if "postgresql" in test:
        postgres.server_address()  # started here, so that it outlives the child
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.crash.mutants",
        "-p",
        "no:cacheprovider",
    ]
    command += [f"--basetemp={folder / 'of-the-mutant'}", f"tests/{test}"]
    environment = {**os.environ, MUTANT_VARIABLE: mutant}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
