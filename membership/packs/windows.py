"""How long packs may be used: extended by staff with a reason, shifted by a hold, ended by "done".

A starter's intensive phase follows its window, its extensions and its "done": `restate` writes
it down, and whatever hangs on it (the conversion, its notice) asks the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import NotFound, Refused
from locations import places
from membership.credits import restores
from membership.models import CreditGrant, MemberPack
from membership.notices import notices
from membership.packs import pack_rows
from membership.rules import pack_status
from membership.rules import packs as pack_rules
from membership.rules import windows as rules

NO_WINDOW = "This pack has no last day to move."


@dataclass(frozen=True, slots=True)
class Extension:
    """What some more days make of a pack: its first day of no use, and what comes back."""

    state: pack_status.State
    old_end: date
    new_end: date
    sessions_back: int
    value_back_cents: int


def preview(pack: MemberPack, *, days: int, on: date) -> Extension:
    """What extending by these days would do; refused as the act is."""
    state = pack_status.require(
        pack.state, "extend_deadline" if pack.opened_on is None else "extend_window"
    )
    old_end = end_of(pack)
    if old_end is None:
        raise Refused("no_window", NO_WINDOW)
    new_end = rules.moved(old_end, days=days, on=on)
    if pack.state != "expired":
        return Extension(state, old_end, new_end, 0, 0)
    expired = restores.standing_expiry(pack_rows.grant_of(pack))
    return Extension(state, old_end, new_end, -expired.quantity, -expired.value_cents)


def extend(member_pack_id: UUID, *, days: int, reason: str, by: Actor, now: datetime) -> MemberPack:
    """Give a pack some more days, counted from its own last one, with a reason for the journal.

    Never opened, its first session may come later; expired, it lives again and its expiry is
    reversed by an entry. Raises Invalid naming the field; Refused by name, "refund_sent" among
    others.
    """
    pack = pack_rows.locked(member_pack_id)
    on = places.business_date(places.get(pack.sold_at), now)
    found = preview(pack, days=days, on=on)
    grant = pack_rows.locked_grant(pack)
    if pack.state == "expired":
        restores.restore_expired(grant, on=on, now=now, reason=reason)
    pack.state = found.state
    _move_end(pack, grant, days)
    audit.record(
        actor=by,
        action="pack.extended",
        subject_type="member_pack",
        subject_id=pack.id,
        location_id=pack.sold_at,
        facts={"days": days, "from": found.old_end, "to": found.new_end, "reason": reason},
        now=now,
    )
    return pack


def shift(pack: MemberPack, *, days: int) -> None:
    """Move a locked pack's window, or its time for a first session, by a hold's days.

    Negative days shift back what an early return did not need.
    """
    if end_of(pack) is not None:
        _move_end(pack, pack_rows.locked_grant(pack), days)


def done(member_pack_id: UUID, *, member_id: UUID, by: Actor, now: datetime) -> MemberPack:
    """The member has had enough for now: the intensive phase ends today, its credits live on.

    Said twice, or after the phase, it changes nothing. The plan that was agreed to still
    begins when its consent said. NotFound for somebody else's pack, or for no starter.
    """
    pack = pack_rows.locked(member_pack_id)
    _version, product = pack_rows.version_of(pack)
    if pack.member_id != member_id or product.kind != "starter":
        raise NotFound("pack")
    on = places.business_date(places.get(pack.sold_at), now)
    pack_status.require(pack.state, "done")
    if pack.state == "cancelled" or pack.phase_end is None or pack.phase_end <= on:
        return pack
    pack.done_on = on
    restate(pack)
    audit.record(
        actor=by,
        action="pack.done",
        subject_type="member_pack",
        subject_id=pack.id,
        location_id=pack.sold_at,
        facts={"phase_end": pack.phase_end},
        now=now,
    )
    return pack


def restate(starter: MemberPack) -> None:
    """Let a locked starter's phase end where its window, its extensions and "done" now say."""
    ends = db.session.scalars(
        sa.select(MemberPack.window_end).where(
            MemberPack.extends_id == starter.id,
            MemberPack.state.not_in(("draft", "cancelled")),
            MemberPack.window_end.is_not(None),
        )
    ).all()
    starter.phase_end = rules.phase_end(
        opened_on=starter.opened_on,
        window_end=starter.window_end,
        extension_ends=[end for end in ends if end is not None],
        done_on=starter.done_on,
    )
    db.session.flush()


def restate_of(pack: MemberPack) -> None:
    """The same for whatever starter a changed pack belongs to: itself, or what it extends."""
    if pack.extends_id is not None:
        db.session.flush()
        restate(pack_rows.locked(pack.extends_id))
    elif pack_rows.version_of(pack)[1].kind == "starter":
        restate(pack)


def end_of(pack: MemberPack) -> date | None:
    """The first day on which the pack can no longer be used, as far as it has one."""
    return pack.window_end or pack_rules.usable_until(pack.first_use_by)


def _move_end(pack: MemberPack, grant: CreditGrant, days: int) -> None:
    """Window or deadline, and the credits with it; letters about the old end are dropped."""
    if pack.window_end is not None:
        pack.window_end = rules.by_days(pack.window_end, days)
    if pack.opened_on is None and pack.first_use_by is not None:
        pack.first_use_by = rules.by_days(pack.first_use_by, days)
    grant.valid_until = end_of(pack)
    for left in pack_rules.WARNED_DAYS_BEFORE:
        notices.drop_for(pack.id, f"window_{left}")
    db.session.flush()
    restate_of(pack)
