"""Sessions for free: worth nothing in the books, limited, and with a reason that stays."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from config.audit import Actor
from config.db import db, transaction
from config.doctor import Doctor
from config.errors import Invalid, Refused
from config.ids import new_id
from config.models import AuditEntry
from membership.credits import comps
from membership.invariants import doctor_credits
from membership.models import CreditEntry, CreditGrant
from membership.rules.comps import most_by
from tests.membership.shop import Shop, booked, buy, come, grant_now, join, noon, open_shop

MANAGER = Actor(None, "Mia")


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


def give(
    member_id: UUID, place: UUID, day: int, sessions: int, *, most: int | None = 4, month: int = 1
) -> CreditGrant:
    with transaction():
        return comps.give(
            member_id, location_id=place, sessions=sessions, reason="  the chamber  was down ",
            most=most, by=MANAGER, on=date(2027, month, day), key=new_id(), now=noon(month, day),
        )  # fmt: skip


def test_comp_of_two_is_used_at_any_studio_and_earns_nothing(shop: Shop) -> None:
    ana = join(shop.seattle)
    grant = give(ana, shop.seattle, 5, 2)
    assert (grant.valid_until, grant.value_cents) == (date(2027, 4, 5), 0)
    come(ana, shop.boise, noon(1, 6))
    assert grant_now(grant.source_id).remaining == 1
    assert booked("earned_sessions", shop.boise) == 0
    kept = db.session.scalars(sa.select(CreditEntry.reason).where(CreditEntry.kind == "grant"))
    assert kept.all() == ["the chamber was down"]
    facts = db.session.scalars(
        sa.select(AuditEntry.facts).where(AuditEntry.action == "credits.comped")
    ).one()
    assert (facts["sessions"], facts["reason"]) == (2, "the chamber was down")
    visiting = Doctor()
    doctor_credits.register(visiting)
    assert [text for f in visiting.examine() for text in f.violations] == []


def test_what_ends_sooner_is_used_before_a_comp(shop: Shop) -> None:
    ana = join(shop.seattle)
    comp = give(ana, shop.seattle, 5, 1)
    pack = buy(ana, shop.starter, shop.seattle, noon(1, 5))
    come(ana, shop.seattle, noon(1, 6))
    assert (grant_now(comp.source_id).remaining, grant_now(pack).remaining) == (1, 2)


def test_manager_gives_one_member_four_in_thirty_days_and_the_owner_as_many_as_they_like(
    shop: Shop,
) -> None:
    assert (most_by({"manager", "desk"}), most_by({"manager", "owner"})) == (4, None)
    ana, ben = join(shop.seattle), join(shop.seattle, "Ben Ito")
    give(ana, shop.seattle, 5, 3)
    with pytest.raises(Refused) as caught:
        give(ana, shop.seattle, 20, 2)
    assert caught.value.code == "comp_limit"
    give(ana, shop.seattle, 20, 1)
    give(ben, shop.seattle, 20, 4)
    give(ana, shop.seattle, 20, 12, most=None)
    with pytest.raises(Refused):
        give(ana, shop.seattle, 3, 1, month=2)
    give(ben, shop.seattle, 19, 4, month=2)


@pytest.mark.parametrize("sessions", [0, -1, 13])
def test_number_out_of_reach_is_named(shop: Shop, sessions: int) -> None:
    with pytest.raises(Invalid) as caught:
        give(join(shop.seattle), shop.seattle, 5, sessions)
    assert caught.value.fields[0].field == "/sessions"


def test_comp_without_a_reason_is_none(shop: Shop) -> None:
    ana = join(shop.seattle)
    with pytest.raises(Invalid) as caught, transaction():
        comps.give(
            ana, location_id=shop.seattle, sessions=1, reason="  ", most=None, by=MANAGER,
            on=date(2027, 1, 5), key=new_id(), now=noon(1, 5),
        )  # fmt: skip
    assert caught.value.fields[0].field == "/reason"
