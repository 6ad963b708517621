"""Invariants of packs, phases, leave for starters, merged records and notes; read-only."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.base import table_of
from config.db import core, db
from config.doctor import Doctor, breach
from membership.models import (
    CreditEntry,
    CreditGrant,
    GaugeScore,
    HealthConsent,
    Member,
    MemberMerge,
    MemberPack,
    Pack,
    PackVersion,
    StarterOverride,
    Visit,
)
from membership.people.merging import MOVED
from membership.rules import windows


def register(doctor: Doctor) -> None:
    """Add the invariants of packs and persons."""
    doctor.register("K1", "credits of a pack end with its window", _credits_end_with_packs)
    doctor.register("K2", "the intensive phase ends where its parts say", _phases_follow)
    doctor.register("K3", "what is restored is what expired", _restored_what_expired)
    doctor.register("K4", "leave for a starter was used for one, by its person", _leave_used)
    doctor.register("K5", "nothing is left with a merged record", *_MERGED_WHOLE)
    doctor.register("K6", "a note has a consent and a session", _notes_agreed)


@breach(lambda row: f"pack {row.id} is open, and its credits end on another day")
def _credits_end_with_packs() -> sa.Select:
    return (
        sa.select(MemberPack.id)
        .join(CreditGrant, CreditGrant.source_id == MemberPack.id)
        .where(CreditGrant.source_type == "pack", MemberPack.state == "open")
        .where(CreditGrant.valid_until.is_distinct_from(MemberPack.window_end))
    )


def _phases_follow() -> Iterator[str]:
    ends: dict[object, list] = {}
    for starter_id, end in map(tuple, core(_extensions())):
        ends.setdefault(starter_id, []).append(end)
    for pack in db.session.execute(_starters()):
        meant = windows.phase_end(
            opened_on=pack.opened_on,
            window_end=pack.window_end,
            extension_ends=ends.get(pack.id, []),
            done_on=pack.done_on,
        )
        if meant != pack.phase_end:
            yield f"starter {pack.id}: its phase ends on {pack.phase_end}, its parts say {meant}"


@cache
def _extensions() -> sa.Select:
    return sa.select(MemberPack.extends_id, MemberPack.window_end).where(
        MemberPack.extends_id.is_not(None),
        MemberPack.window_end.is_not(None),
        MemberPack.state != "draft",
        MemberPack.state != "cancelled",
    )


@cache
def _starters() -> sa.Select:
    starters = (
        sa.select(
            MemberPack.id,
            MemberPack.opened_on,
            MemberPack.window_end,
            MemberPack.done_on,
            MemberPack.phase_end,
        )
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(Pack.kind == "starter")
    )
    return starters.execution_options(yield_per=1000)


@breach(lambda row: f"restored entry {row.id} is not the opposite of an expiry")
def _restored_what_expired() -> sa.Select:
    expired = aliased(CreditEntry)
    return (
        sa.select(CreditEntry.id)
        .join(expired, expired.id == CreditEntry.reverses_id, isouter=True)
        .where(CreditEntry.kind == "restore")
        .where(
            sa.or_(
                expired.id.is_(None),
                expired.kind != "expire",
                expired.grant_id != CreditEntry.grant_id,
                expired.quantity != -CreditEntry.quantity,
                expired.value_cents != -CreditEntry.value_cents,
            )
        )
    )


@breach(lambda row: f"leave {row.id} for a starter was used for something else")
def _leave_used() -> sa.Select:
    return (
        sa.select(StarterOverride.id)
        .join(MemberPack, MemberPack.id == StarterOverride.member_pack_id)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(
            sa.or_(
                Pack.kind != "starter",
                MemberPack.state == "cancelled",
                MemberPack.sold_at != StarterOverride.location_id,
            )
        )
        .where(sa.or_(Pack.kind != "starter", MemberPack.purchased_on.is_(None)))
    )


@breach(lambda row: f"{row.count} rows of {row.name} are left with a merged record")
def _nothing_left() -> sa.Select:
    merged = sa.select(Member.id).where(Member.merged_into_id.is_not(None))
    counts = [
        sa.select(sa.literal(table.name, sa.String).label("name"), sa.func.count().label("count"))
        .select_from(table)
        .where(table.c.member_id.in_(merged))
        for table in map(table_of, MOVED)
    ]
    left = sa.union_all(*counts).subquery()
    return sa.select(left).where(left.c.count > 0)


@breach(lambda row: f"member {row.id} was merged into a record that is no longer one")
def _no_chains() -> sa.Select:
    root = aliased(Member)
    return (
        sa.select(Member.id)
        .join(root, root.id == Member.merged_into_id)
        .where(root.merged_into_id.is_not(None))
    )


@breach(lambda row: f"member {row.id}: its merging and the record of it disagree")
def _merging_told() -> sa.Select:
    told = sa.exists().where(MemberMerge.merged_id == Member.id)
    return sa.select(Member.id).where(Member.merged_into_id.is_not(None) != told)


_MERGED_WHOLE = (_nothing_left, _no_chains, _merging_told)


# How many, and nothing of what they say or whose they are.
@breach(lambda row: f"{row.count} notes have no consent that holds, or no session")
def _notes_agreed() -> sa.Select:
    agreed = sa.exists().where(
        HealthConsent.member_id == GaugeScore.member_id,
        HealthConsent.kind == "gauge",
        HealthConsent.withdrawn_at.is_(None),
    )
    own = sa.exists().where(
        Visit.id == GaugeScore.visit_id, Visit.member_id == GaugeScore.member_id
    )
    count = sa.func.count().label("count")
    odd = sa.select(count).select_from(GaugeScore).where(sa.or_(~agreed, ~own))
    return odd.having(count > 0)
