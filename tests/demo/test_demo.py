"""The demo's people and their weeks: the same again each time, and in order at the end."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import create_app
from billing.models import Invoice, WebhookEvent
from config.db import db, run_txn
from demo import group, year
from demo.cli import MARK
from demo.habits import HABITS, crowd
from demo.world import world
from locations.models import StaffRole

pytestmark = pytest.mark.long

FIRST, LAST = date(2026, 2, 20), date(2026, 3, 19)
ROOT = Path(__file__).resolve().parents[2]


def test_the_same_seed_tells_the_same_people_and_another_seed_others() -> None:
    def told(seed: int) -> list[object]:
        return list(crowd(seed=seed, count=40, first=FIRST, last=LAST))

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_three_hundred_people_have_three_hundred_addresses_and_join_in_time() -> None:
    people = list(crowd(seed=year.SEED, count=300, first=FIRST, last=LAST))

    assert len({person.email for person in people}) == 300
    assert len({person.name for person in people}) == 300
    assert all(FIRST <= person.joins_on < LAST for person in people)
    assert {person.slug for person in people} == {"seattle", "tacoma", "boise"}
    assert {person.habit for person in people} >= set(HABITS)
    assert [person.email for person in people if person.password] == [group.MEMBER.email]


def test_fourteen_months_end_on_the_day_they_are_told_about() -> None:
    assert year.first_day(date(2027, 4, 30), months=14) == date(2026, 2, 28)


def test_four_weeks_of_the_group_end_with_every_promise_kept(tmp_path: Path) -> None:
    begins = datetime(2026, 2, 20, 14, 0, tzinfo=UTC)
    until = datetime(2026, 3, 20, 2, 0, tzinfo=UTC)
    days: list[date] = []
    with world(create_app, folder=tmp_path, port=0, begins=begins) as here:
        founded = run_txn(lambda: group.found(opened_on=FIRST, now=begins))
        story = year.live(
            here,
            founded,
            first=FIRST,
            until=until,
            people=8,
            seed=3,
            eagerness=2.0,
            progress=days.append,
        )
        for name in ("taper.doctor", "taper.doctor.stripe"):
            findings = here.app.extensions[name].examine()
            assert [(f.code, f.violations) for f in findings if f.violations] == []
        reasons = set(db.session.scalars(sa.select(Invoice.reason)))
        letters = dict(
            db.session.execute(
                sa.select(WebhookEvent.state, sa.func.count()).group_by(WebhookEvent.state)
            ).all()
        )
        roles = set(db.session.scalars(sa.select(StaffRole.role)))
        here.stripe.stop()

    assert (days[0], days[-1], len(days)) == (FIRST, LAST, 28)
    assert story.counts["members who joined"] == 8
    assert story.counts["visits"] > 8
    assert reasons == {"pack", "first_period"}
    assert set(letters) == {"done"}
    assert roles == {"owner", "manager", "desk"}


@pytest.fixture
def demo(tmp_path: Path) -> list[str]:
    """The command as it is typed, for one month and few people."""
    return [
        sys.executable, "-c", "import app; app.main()",
        "demo", "--no-serve", "--months", "1", "--people", "3",
    ]  # fmt: skip


def run(command: list[str], var_dir: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TAPER_")}
    environment |= {"TAPER_VAR_DIR": str(var_dir), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_the_demo_run_again_begins_anew_and_prints_books_and_a_clean_doctor(
    tmp_path: Path, demo: list[str]
) -> None:
    earlier = tmp_path / "demo" / "taper.sqlite3"
    earlier.parent.mkdir()
    earlier.write_text("what a demo of last week left behind")
    (tmp_path / "demo" / "README").write_text(MARK)

    done = run(demo, tmp_path)

    assert done.returncode == 0, done.stderr
    for word in ("Seattle", "Tacoma", "Boise", "S1", " 0 broken"):
        assert word in done.stdout
    assert "login" not in done.stdout


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path, demo: list[str]) -> None:
    mine = tmp_path / "demo" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("keep me")

    done = run(demo, tmp_path)

    assert done.returncode == 3
    assert "is not a demo's" in done.stderr
    assert mine.read_text() == "keep me"
