"""Invariants of packs, phases, leave for starters, merged records and notes; read-only."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db, table_of
from config.doctor import Doctor
from membership.merging import MOVED
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
from membership.rules import windows


def register(doctor: Doctor) -> None:
    """Add the invariants of packs and persons."""
    doctor.register("K1", "credits of a pack end with its window", _credits_end_with_packs)
    doctor.register("K2", "the intensive phase ends where its parts say", _phases_follow)
    doctor.register("K3", "what is restored is what expired", _restored_what_expired)
    doctor.register("K4", "leave for a starter was used for one, by its person", _leave_used)
    doctor.register("K5", "nothing is left with a merged record", _merged_whole)
    doctor.register("K6", "a note has a consent and a session", _notes_agreed)


def _credits_end_with_packs() -> Iterator[str]:
    apart = (
        sa.select(MemberPack.id)
        .join(CreditGrant, CreditGrant.source_id == MemberPack.id)
        .where(CreditGrant.source_type == "pack", MemberPack.state == "open")
        .where(CreditGrant.valid_until.is_distinct_from(MemberPack.window_end))
    )
    for pack_id in db.session.scalars(apart):
        yield f"pack {pack_id} is open, and its credits end on another day"


def _phases_follow() -> Iterator[str]:
    ends: dict[object, list] = {}
    extensions = sa.select(MemberPack.extends_id, MemberPack.window_end).where(
        MemberPack.extends_id.is_not(None),
        MemberPack.window_end.is_not(None),
        MemberPack.state.not_in(("draft", "cancelled")),
    )
    for starter_id, end in db.session.execute(extensions):
        ends.setdefault(starter_id, []).append(end)
    starters = (
        sa.select(MemberPack)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(Pack.kind == "starter")
    )
    for pack in db.session.scalars(starters.execution_options(yield_per=1000)):
        meant = windows.phase_end(
            opened_on=pack.opened_on,
            window_end=pack.window_end,
            extension_ends=ends.get(pack.id, []),
            done_on=pack.done_on,
        )
        if meant != pack.phase_end:
            yield f"starter {pack.id}: its phase ends on {pack.phase_end}, its parts say {meant}"


def _restored_what_expired() -> Iterator[str]:
    expired = aliased(CreditEntry)
    odd = (
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
    for entry_id in db.session.scalars(odd):
        yield f"restored entry {entry_id} is not the opposite of an expiry"


def _leave_used() -> Iterator[str]:
    odd = (
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
    for leave_id in db.session.scalars(odd):
        yield f"leave {leave_id} for a starter was used for something else"


def _merged_whole() -> Iterator[str]:
    merged = sa.select(Member.id).where(Member.merged_into_id.is_not(None))
    for model in MOVED:
        table = table_of(model)
        left = sa.select(sa.func.count()).select_from(table).where(table.c.member_id.in_(merged))
        if count := db.session.scalar(left):
            yield f"{count} rows of {table.name} are left with a merged record"
    root = aliased(Member)
    chained = (
        sa.select(Member.id)
        .join(root, root.id == Member.merged_into_id)
        .where(root.merged_into_id.is_not(None))
    )
    for member_id in db.session.scalars(chained):
        yield f"member {member_id} was merged into a record that is no longer one"
    told = sa.exists().where(MemberMerge.merged_id == Member.id)
    untold = sa.select(Member.id).where(Member.merged_into_id.is_not(None) != told)
    for member_id in db.session.scalars(untold):
        yield f"member {member_id}: its merging and the record of it disagree"


def _notes_agreed() -> Iterator[str]:
    agreed = sa.exists().where(
        HealthConsent.member_id == GaugeScore.member_id,
        HealthConsent.kind == "gauge",
        HealthConsent.withdrawn_at.is_(None),
    )
    own = sa.exists().where(
        Visit.id == GaugeScore.visit_id, Visit.member_id == GaugeScore.member_id
    )
    odd = sa.select(sa.func.count()).select_from(GaugeScore).where(sa.or_(~agreed, ~own))
    # How many, and nothing of what they say or whose they are.
    if count := db.session.scalar(odd):
        yield f"{count} notes have no consent that holds, or no session"
