"""Two workers do the same at once: one falls asleep between two side effects and wakes when the
other has done its work; or one sleeps for ever and the other dies, too. Whatever a job does must
end as if one worker had done it in one go.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.harness import RENEWAL, rig
from tests.crash.test_flows import KINDS, assert_unharmed

pytestmark = pytest.mark.long

JOBS = ("refunds", "disputes opened", "disputes lost", "dispute answer", "payout import", "letters")
EVERY_DAY = ("refunds", "disputes opened", "payout import")


def test_worker_who_overslept_does_nothing_twice(tmp_path: Path) -> None:
    reports = rig("sqlite", tmp_path, flows=EVERY_DAY, what="sleepers", share=(1, 3))
    for flow, report in reports.items():
        assert report.done >= 2 * 2, flow
        assert_unharmed(flow, report)


def test_runs_of_which_one_overslept_charge_everyone_once(tmp_path: Path) -> None:
    report = rig("sqlite", tmp_path, what="sleepers", share=(3, 9))[RENEWAL]
    assert report.done >= 2 * 4
    assert report.findings == {}


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", JOBS)
def test_worker_who_oversleeps_anywhere_does_nothing_twice(
    flow: str, kind: str, tmp_path: Path
) -> None:
    assert_unharmed(flow, rig(kind, tmp_path, flows=[flow], what="sleepers")[flow])


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_runs_of_which_one_oversleeps_anywhere_charge_everyone_once(
    kind: str, tmp_path: Path
) -> None:
    assert rig(kind, tmp_path, what="sleepers")[RENEWAL].findings == {}
