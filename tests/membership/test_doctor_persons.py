"""The doctor sees a broken phase, window, restore, leave, merging or note: each is broken once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from config.audit import SYSTEM
from config.db import db, run_txn
from config.doctor import Doctor
from config.ids import new_id
from membership.invariants import doctor_persons
from membership.journey import starters
from membership.models import (
    CreditGrant,
    GaugeScore,
    Member,
    MemberPack,
    StarterOverride,
    Visit,
)
from tests.membership.shop import Shop, buy, come, join, noon, open_shop


def found() -> set[str]:
    """The codes of the promises that do not hold."""
    visiting = Doctor()
    doctor_persons.register(visiting)
    return {finding.code for finding in visiting.examine() if finding.violations}


@pytest.fixture
def ana(app: Flask) -> UUID:
    """A member with a starter that was opened, and leave for another."""
    shop: Shop = open_shop()
    who = join(shop.seattle)
    buy(who, shop.starter, shop.seattle, noon(1, 4))
    come(who, shop.seattle, noon(1, 4))
    run_txn(
        lambda: starters.allow_again(
            who, location_id=shop.seattle, reason="was ill", by=SYSTEM, now=noon(1, 4)
        )
    )
    return who


def _other_end(_who: UUID) -> None:
    db.session.execute(sa.update(CreditGrant).values(valid_until=date(2027, 2, 1)))


def _other_phase(_who: UUID) -> None:
    db.session.execute(sa.update(MemberPack).values(phase_end=date(2027, 2, 1)))


def _leave_for_a_cancelled_sale(who: UUID) -> None:
    pack = db.session.scalars(sa.select(MemberPack)).one()
    draft = MemberPack(
        id=new_id(),
        member_id=who,
        pack_version_id=pack.pack_version_id,
        sold_at=pack.sold_at,
        price_cents=1,
        currency="USD",
        state="cancelled",
        created_at=noon(1, 4),
    )
    db.session.add(draft)
    db.session.flush()
    db.session.execute(sa.update(StarterOverride).values(member_pack_id=draft.id))


def _merged_by_hand(who: UUID) -> None:
    other = db.session.get_one(Member, who)
    kept = Member(
        id=new_id(),
        name="Kept",
        name_folded="kept",
        email="kept@example.com",
        email_key="kept@example.com",
        check_in_code="KEPT",
        created_at=noon(1, 4),
    )
    db.session.add(kept)
    db.session.flush()
    other.merged_into_id = kept.id


def _note_without_consent(who: UUID) -> None:
    visit_id = db.session.scalars(sa.select(Visit.id)).one()
    db.session.add(GaugeScore(visit_id=visit_id, member_id=who, score=3, at=noon(1, 4)))


@pytest.mark.parametrize(
    ("code", "breaks"),
    [
        ("K1", _other_end),
        ("K2", _other_phase),
        ("K4", _leave_for_a_cancelled_sale),
        ("K5", _merged_by_hand),
        ("K6", _note_without_consent),
    ],
)
def test_what_is_broken_is_found(ana: UUID, code: str, breaks: Callable[[UUID], None]) -> None:
    assert found() == set()
    run_txn(lambda: breaks(ana))
    assert found() == {code}
