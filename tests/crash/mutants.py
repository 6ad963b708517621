"""Ways to bill that look right and are not. Each is put in place inside a child process only.

As a plugin of pytest (`-p tests.crash.mutants`) one of them, named by TAPER_TESTS_MUTANT, is put
in place before any test is collected.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from tests.crash import charging_mutants, guard_mutants

MUTANT_VARIABLE = "TAPER_TESTS_MUTANT"
MUTANTS: Mapping[str, Callable[[], None]] = {
    "fresh_key_per_try": charging_mutants.fresh_key_per_try,
    "no_row_before_the_call": charging_mutants.no_row_before_the_call,
    "result_and_postings_apart": charging_mutants.result_and_postings_apart,
    "timeout_is_failure": charging_mutants.timeout_is_failure,
    "lease_shorter_than_a_call": charging_mutants.lease_shorter_than_a_call,
    "naive_claim": guard_mutants.naive_claim,
    "read_then_write_credits": guard_mutants.read_then_write_credits,
    "period_from_the_last_period": guard_mutants.period_from_the_last_period,
}


def pytest_configure() -> None:
    """Called by pytest where this module is one of its plugins."""
    MUTANTS[os.environ[MUTANT_VARIABLE]]()
