"""Turns of an intensive phase: enough of it, some more days, the plan sooner, or all once more."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from config.db import db, run_txn
from demo import purse
from demo.life import Life
from membership.journey import starters
from membership.models import MemberPack, Pack, PackVersion
from membership.packs import windows

STARTER = "STARTER-3"


def enough(life: Life) -> None:
    """Say that the intensive phase has done what it should."""
    starter = starter_of(life)
    if starter is not None and starter.state == "open":
        life.tries(
            "enough for now",
            lambda: run_txn(
                lambda: windows.done(
                    starter.id, member_id=life.member_id, by=life.self_service, now=life.world.now
                )
            ),
        )


def more_days(life: Life) -> bool:
    """Have the manager lengthen the window, for a reason that is kept; whether that was done."""
    starter = starter_of(life)
    if starter is None:
        return False
    days = life.rng.randint(6, 9)
    return life.tries(
        "windows made longer",
        lambda: run_txn(
            lambda: windows.extend(
                starter.id,
                days=days,
                reason="Away for work in the week it was meant for",
                by=life.staff("manager"),
                now=life.world.now,
            )
        ),
    )


def once_more(life: Life) -> bool:
    """Come back for a second starter, with the manager's leave; whether they bought it."""
    if life.plan() is not None:
        return False
    allowed = life.tries(
        "starters allowed again",
        lambda: run_txn(
            partial(
                starters.allow_again,
                life.member_id,
                location_id=life.home.id,
                reason="Moved away half-way through the first one",
                by=life.staff("manager"),
                now=life.world.now,
            )
        ),
    )
    return allowed and purse.buy_pack(life, STARTER)


def starter_of(life: Life) -> MemberPack | None:
    """The newest starter they paid."""
    query = (
        sa.select(MemberPack)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(
            MemberPack.member_id == life.member_id,
            MemberPack.purchased_on.is_not(None),
            Pack.kind == "starter",
        )
        .order_by(MemberPack.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).first()
