"""What is held back for a person is released by a person, on the record."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.models import Parked
from billing.runs import parking
from config.audit import Actor
from config.db import db, transaction
from config.errors import NotFound
from config.ids import new_id
from config.models import AuditEntry
from tests.support.databases import START

OWNER = Actor(None, "the owner")


def park(key: str) -> None:
    with transaction():
        parking.park(
            "event",
            key,
            code="unknown_object",
            reason="Nobody knows it.",
            location_id=None,
            now=START,
        )


def test_parked_twice_is_parked_once_and_released_on_the_record(app: Flask) -> None:
    park("evt_1")
    park("evt_1")
    [held] = parking.waiting("event", location_id=None)
    with transaction():
        parking.release(held.id, by=OWNER, now=START)
    assert parking.waiting("event", location_id=None) == []
    said = db.session.scalars(sa.select(AuditEntry)).one()
    assert (said.action, said.subject_id, said.actor_label) == (
        "parked.release",
        held.id,
        "the owner",
    )


def test_released_twice_is_refused_and_parked_anew_is_another_row(app: Flask) -> None:
    park("evt_1")
    [held] = parking.waiting("event", location_id=None)
    with transaction():
        parking.release(held.id, by=OWNER, now=START)
    for gone in (held.id, new_id()):
        with pytest.raises(NotFound), transaction():
            parking.release(gone, by=OWNER, now=START)
    park("evt_1")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Parked)) == 2
