"""From starter to maintenance: a consent, a delivered notice and a date; else no charge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.calendar import local_date
from config.db import db
from locations import places
from membership.agreements import consents
from membership.models import Consent, MemberPack, Notice, Pack, PackVersion, Plan
from membership.models import PlanVersion as Version
from membership.notices import notices
from membership.plans import membership_rows, memberships, promo_periods, promos
from membership.rules import journey, windows

# Built once: a location asks these every minute, and most often finds nothing.
_CONVERTING = (
    sa.select(Consent, MemberPack, Plan.name)
    .join(MemberPack, MemberPack.id == Consent.member_pack_id)
    .join(Version, Version.id == Consent.plan_version_id)
    .join(Plan, Plan.id == Version.plan_id)
    .where(
        Consent.location_id == sa.bindparam("location"),
        Consent.state == "given",
        MemberPack.state != "draft",
    )
    .order_by(Consent.id)
    .execution_options(populate_existing=True)
)
# Consents whose starter is over, or comes to nothing: `start_due` decides which way they go.
STARTING = (
    sa.select(Consent.id)
    .join(MemberPack, MemberPack.id == Consent.member_pack_id)
    .where(
        Consent.location_id == sa.bindparam("location"),
        Consent.state == "given",
        MemberPack.state.in_(("cancelled", "expired"))
        | (MemberPack.window_end <= sa.bindparam("on")),
    )
)
_CONVERTING_LOCKED = _CONVERTING.with_for_update(skip_locked=True, of=(Consent, MemberPack))


def start_due(location_id: UUID, *, on: date, now: datetime, limit: int = 500) -> int:
    """Begin, pending, every plan whose starter is over; how many began.

    Consents that can lead nowhere lapse: a pack never opened or cancelled, a member already.
    """
    location = places.get(location_id)
    begun = 0
    converting = open_consents(location_id, limit=limit, lock=True)
    days = notices.first_charge_days(location, on=on) if converting else 0
    ends = earliest_starts([pack for _, pack, _ in converting])
    told = notices.latest_of([pack.id for _, pack, _ in converting], "conversion")
    for consent, pack, _ in converting:
        starter = _starter(pack, ends.get(pack.id), told.get(pack.id), location.zone)
        what = journey.next_for(starter, on=on, notice_days=days)
        if what == "wait":
            continue
        live = membership_rows.live_for(pack.member_id)
        if what == "start" and live and live.status == "pending":
            continue  # a plan at the till may yet be left there unpaid
        if what == "lapse" or live:
            consents.lapse(consent.id, now=now)
            notices.drop_for(pack.id, "conversion")
        else:
            _start(consent, pack, on=on, now=now)
            begun += 1
    db.session.flush()
    return begun


def begun(consent_id: UUID, membership_id: UUID, *, on: date) -> None:
    """The first period of what a consent was given for is paid: its starter has led to it."""
    promo_periods.begun_early(consent_id, membership_id)
    promos.used(consent_id)
    pack = db.session.scalar(
        sa.select(MemberPack)
        .join(Consent, Consent.member_pack_id == MemberPack.id)
        .where(Consent.id == consent_id, MemberPack.converted_on.is_(None))
    )
    if pack is not None:
        pack.converted_on = on
        db.session.flush()


def expected_on(member_pack_id: UUID) -> date | None:
    """When a pack's conversion will be charged, as far as it is known yet."""
    pack = db.session.get_one(MemberPack, member_pack_id)
    notice = notices.latest(member_pack_id, "conversion")
    end = earliest_starts([pack]).get(pack.id)
    return end if end is None or notice is None else max(end, notice.about_on)


def phase(member_id: UUID, *, on: date) -> journey.Phase:
    """The member's phase on a date, derived from packs and plan."""
    packs = db.session.execute(
        sa.select(Pack.kind, MemberPack)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(MemberPack.member_id == member_id)
    ).all()
    ends = [
        pack.phase_end
        for kind, pack in packs
        if kind == "starter" and pack.phase_end and pack.state != "cancelled"
    ]
    live = membership_rows.live_for(member_id)
    return journey.phase(
        on=on,
        intensive_until=max(ends, default=None),
        booster_left=any(
            kind == "booster" and pack.state in ("unopened", "open") for kind, pack in packs
        ),
        plan_status=live.status if live else None,
    )


def open_consents(
    location_id: UUID, *, limit: int | None = None, lock: bool = False
) -> Sequence[sa.Row[Consent, MemberPack, str]]:
    """Consents given with a starter that has not converted yet, oldest first."""
    chosen = _CONVERTING_LOCKED if lock else _CONVERTING
    return db.session.execute(chosen.limit(limit), {"location": location_id}).all()


def earliest_starts(packs: Sequence[MemberPack]) -> dict[UUID, date]:
    """The earliest day of the plan after each opened starter, by the starter."""
    found = {
        pack.id: windows.converts_from(window_end=pack.window_end, phase_end=pack.phase_end)
        for pack in packs
    }
    return {id_: on for id_, on in found.items() if on is not None}


def _starter(
    pack: MemberPack, end: date | None, notice: Notice | None, zone: str
) -> journey.Starter:
    delivered = notice is not None and notice.state == "delivered" and notice.delivered_at
    return journey.Starter(
        state=pack.state,
        opened_on=pack.opened_on,
        converts_from=end,
        told_on=notice.about_on if notice and delivered else None,
        delivered_on=local_date(delivered, zone) if delivered else None,
    )


def _start(consent: Consent, pack: MemberPack, *, on: date, now: datetime) -> None:
    membership = memberships.start(
        member_id=pack.member_id,
        plan_version_id=consent.plan_version_id,
        location_id=consent.location_id,
        consent_id=consent.id,
        on=on,
        now=now,
        member_pack_id=pack.id,
    )
    promo_periods.begin(consent.id, membership.id)
    pack.converted_on = on
    consents.mark_used(consent.id, now=now)
