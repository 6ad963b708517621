"""Every promise of the doctor can break: each is broken once by hand, and found by its name.

One world is lived through, and each damage done to it in a transaction that is given up.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from billing.refunds.refund_terms import Terms
from config.db import db, run_txn, transaction
from config.doctor import Doctor
from tests.stories.test_07_hold import rests
from tests.support.story import Story
from tests.support.story_changes import change_now
from tests.support.story_damages import DAMAGES, Damage, run, unguarded
from tests.support.story_disputes import opened
from tests.support.story_facts import complaints
from tests.support.story_refunds import granted, newest_invoice, send_all, wish


class GivenUp(Exception):
    """Raised so that no damage is ever committed."""


def lived(story: Story) -> None:
    """A few weeks in which every kind of thing happens that a promise below is about."""
    story.go("2027-03-01 10:00")
    ana = story.join("Ana Mora", "MAINT-2")
    ben = story.join("Ben Okoro", "STARTER-3", agrees_to="MAINT-2")
    cleo = story.join("Cleo Park", "UNLIMITED")
    dan = story.join("Dan Reyes", "MAINT-2")
    fay = story.join("Fay Lund", "DROP-IN")
    story.bank_says(dan, *[{"outcome": "insufficient_funds"}] * 9)
    for who in (ana, ben, cleo):
        story.come(who)
    story.live("2027-04-02 12:00")
    story.pay(change_now(story, ana, "MAINT-4") or "")
    rests(story, cleo, "2027-04-10", "2027-04-24")
    granted(story, wish(newest_invoice(ben), Terms("goodwill", "card", (), 500)))
    send_all()
    opened(story, fay)
    story.live("2027-04-12 12:00")
    assert complaints(story) == []


# Promises that need another world than this one are broken beside what they are about.
TESTS = Path(__file__).parents[1]
NAMED = re.compile(r'"([A-Z]+[0-9]+(?:-[a-z]+)?)[":, ]')


def test_each_promise_that_breaks_is_found_by_its_name(story: Story) -> None:
    lived(story)
    assert [code for code, damage in DAMAGES.items() if not _is_found(story, code, damage)] == []
    assert complaints(story) == []


def test_a_schema_of_another_version_is_found(story: Story) -> None:
    rename = "UPDATE alembic_version SET version_num = {}"
    run_txn(lambda: run(sa.text(rename.format("'older-' || version_num"))))
    assert found_by(story, "A4")
    run_txn(lambda: run(sa.text(rename.format("substr(version_num, 7)"))))
    assert not found_by(story, "A4")


def test_every_promise_is_broken_by_some_test(story: Story) -> None:
    promised = {code for doctor in _doctors(story) for code in doctor.codes()}
    broken = {code for path in TESTS.rglob("*.py") for code in NAMED.findall(path.read_text())}
    assert promised - broken == set()


def found_by(story: Story, code: str) -> bool:
    """Whether the doctor that promises this sees it broken."""
    found = [one for doctor in _doctors(story) for one in doctor.examine(codes=[code])]
    return any(one.violations for one in found)


def _doctors(story: Story) -> list[Doctor]:
    return [story.app.extensions[f"taper.doctor{more}"] for more in ("", ".stripe")]


def _is_found(story: Story, code: str, damage: Damage) -> bool:
    found = False
    with suppress(GivenUp), transaction():
        unguarded()
        damage(story)
        db.session.flush()
        found = found_by(story, code)
        raise GivenUp
    return found
