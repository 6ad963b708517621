"""The audit journal: appended with the deed, sealed later, tampering seen."""

from contextlib import suppress
from datetime import date, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from config import audit
from config.db import db, transaction
from config.models import AuditEntry, AuditSeal
from tests.config.conftest import NOON

DESK = audit.Actor(uuid4(), "desk of Tacoma")


def note(action: str = "visit.checked_in", **facts):
    return audit.record(
        actor=DESK,
        action=action,
        subject_type="member",
        subject_id=uuid4(),
        location_id=uuid4(),
        facts=facts,
        now=NOON,
    )


def sealed_three():
    with transaction():
        ids = [note(n=n) for n in range(3)]
    with transaction():
        assert audit.seal() == 3
    return ids


def test_entries_are_sealed_once_in_order_and_the_chain_verifies(ground):
    sealed_three()
    with transaction():
        assert audit.seal() == 0
        note(n=3, on=date(2026, 3, 2), who=uuid4(), price_cents=9900, tags=["a", None])
    with transaction():
        assert audit.seal() == 1
    assert list(audit.verify_chain()) == []
    assert list(db.session.scalars(sa.select(AuditSeal.seq).order_by(AuditSeal.seq))) == [
        1,
        2,
        3,
        4,
    ]


def test_an_edited_entry_is_found(ground):
    _, second, _ = sealed_three()
    with transaction():
        db.session.execute(
            sa.update(AuditEntry).where(AuditEntry.id == second).values(facts={"n": 99})
        )
    assert list(audit.verify_chain()) == [f"audit chain: entry {second} is not what was sealed"]


def test_a_link_taken_out_of_the_middle_is_found(ground):
    sealed_three()
    with transaction():
        db.session.execute(sa.delete(AuditSeal).where(AuditSeal.seq == 2))
    assert list(audit.verify_chain()) == ["audit chain: link 3 does not follow link 1"]


def test_an_old_entry_that_was_slipped_in_is_found(ground):
    sealed_three()
    forged = uuid4()
    forged = type(forged)(int=forged.int >> 64)  # older than every real key
    with transaction():
        db.session.add(
            AuditEntry(id=forged, at=NOON - timedelta(days=9), actor_id=None, actor_label="x",
                       action="x", subject_type="x", subject_id=None, location_id=None, facts={})
        )  # fmt: skip
    assert list(audit.verify_chain()) == [f"audit chain: entry {forged} was never sealed"]


def test_a_rolled_back_deed_leaves_no_entry(ground):
    with suppress(ZeroDivisionError), transaction():
        note()
        1 / 0  # noqa: B018
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0


def test_what_must_not_be_kept_for_ever_is_masked(ground):
    with transaction():
        kept = note(reason="paid with 4242 4242 4242 4242, asked by ann@example.com\x00")
    facts = db.session.get_one(AuditEntry, kept).facts
    assert facts == {"reason": "paid with [card number], asked by [hidden]\\x00"}


def test_a_float_is_no_fact(ground):
    with pytest.raises(TypeError), transaction():
        note(amount=1.5)


def test_sealing_in_small_bites_gives_one_chain(ground):
    with transaction():
        for n in range(7):
            note(n=n)
    sealed = []
    for _ in range(4):
        with transaction():
            sealed.append(audit.seal(limit=2))
    assert sealed == [2, 2, 2, 1]
    assert list(audit.verify_chain()) == []
