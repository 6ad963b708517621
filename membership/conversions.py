"""From starter to maintenance: a consent, a delivered notice and a date; else no charge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from config.calendar import local_date
from config.db import db
from config.formats import money
from locations import places
from locations.models import Location
from membership import consents, memberships, notices
from membership.models import Consent, MemberPack, Membership, Notice, Pack, PackVersion, Plan
from membership.models import PlanVersion as Version
from membership.rules import journey
from membership.rules import notices as notice_rules

_OFFERED_FOR = timedelta(days=7)


def plan_notices(location_id: UUID, *, on: date, now: datetime) -> int:
    """Plan the letter seven days before each conversion, and one offer where none was agreed.

    Planned twice is planned once; a window that moved drops the letter about its old end.
    Returns how many were planned.
    """
    location = places.get(location_id)
    today = max(on, local_date(now, location.zone))
    planned = 0
    for consent, pack, plan_name in _converting(location_id):
        if pack.window_end is None:
            notices.drop_for(pack.id, "conversion")
            continue
        known = notices.latest(pack.id, "conversion")
        if known is not None and known.about_on >= pack.window_end:
            continue
        notices.drop_for(pack.id, "conversion")
        _announce(consent, pack, plan_name, location=location, today=today)
        planned += 1
    return planned + _offer_plans(location, on=on)


def start_due(location_id: UUID, *, on: date, now: datetime, limit: int = 500) -> int:
    """Begin, pending, every plan whose starter is over; how many began.

    Consents that can lead nowhere lapse: a pack never opened or cancelled, somebody who is a
    member already. Run twice, it finds nothing left to do.
    """
    zone = places.get(location_id).zone
    begun = 0
    for consent, pack, _ in _converting(location_id, limit=limit, lock=True):
        what = journey.next_for(_starter(pack, zone), on=on)
        if what == "lapse" or (what == "start" and memberships.live_for(pack.member_id)):
            consents.lapse(consent.id, now=now)
            notices.drop_for(pack.id, "conversion")
        elif what == "start":
            _start(consent, pack, on=on, now=now)
            begun += 1
    db.session.flush()
    return begun


def expected_on(member_pack_id: UUID) -> date | None:
    """When a pack's conversion will be charged, as far as it is known yet."""
    pack = db.session.get_one(MemberPack, member_pack_id)
    notice = notices.latest(member_pack_id, "conversion")
    if notice is None or pack.window_end is None:
        return pack.window_end
    return max(pack.window_end, notice.about_on)


def phase(member_id: UUID, *, on: date) -> journey.Phase:
    """The member's phase on a date, derived from packs and plan."""
    from_packs = sa.select(Pack.kind, MemberPack.state, MemberPack.window_end)
    packs = db.session.execute(
        from_packs.join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(MemberPack.member_id == member_id, MemberPack.state != "cancelled")
    ).all()
    ends = [end for kind, _, end in packs if kind in ("starter", "extension") and end is not None]
    live = memberships.live_for(member_id)
    return journey.phase(
        on=on,
        starter_window_end=max(ends, default=None),
        booster_left=any(
            kind == "booster" and state in ("unopened", "open") for kind, state, _ in packs
        ),
        plan_status=live.status if live else None,
    )


def _converting(
    location_id: UUID, *, limit: int | None = None, lock: bool = False
) -> Sequence[sa.Row[Consent, MemberPack, str]]:
    """Consents given with a starter that has not converted yet, oldest first."""
    query = (
        sa.select(Consent, MemberPack, Plan.name)
        .join(MemberPack, MemberPack.id == Consent.member_pack_id)
        .join(Version, Version.id == Consent.plan_version_id)
        .join(Plan, Plan.id == Version.plan_id)
        .where(
            Consent.location_id == location_id,
            Consent.state == "given",
            MemberPack.state != "draft",
        )
        .order_by(Consent.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    if lock:
        query = query.with_for_update(skip_locked=True, of=(Consent, MemberPack))
    return db.session.execute(query).all()


def _announce(
    consent: Consent, pack: MemberPack, plan_name: str, *, location: Location, today: date
) -> None:
    assert pack.window_end is not None
    about_on = journey.notice_about(window_end=pack.window_end, today=today)
    currency = consent.currency
    notices.plan(
        member_id=pack.member_id,
        location_id=location.id,
        kind="conversion",
        source_id=pack.id,
        about_on=about_on,
        leaves_at=notice_rules.leaves_at(
            about_on, days_before=notice_rules.CONVERSION_DAYS, zone=location.zone
        ),
        facts={
            "plan_name": plan_name,
            "price": money(consent.price_cents, currency),
            "tax": money(consent.tax_cents, currency),
            "total": money(consent.price_cents + consent.tax_cents, currency),
        },
    )


def _offer_plans(location: Location, *, on: date) -> int:
    """One message to whoever let the box empty, on the day their window ended."""
    consented = sa.exists().where(Consent.member_pack_id == MemberPack.id)
    member_of = sa.exists().where(
        Membership.member_id == MemberPack.member_id, Membership.status != "ended"
    )
    told = sa.exists().where(Notice.source_id == MemberPack.id, Notice.kind == "plan_offer")
    ended = (
        sa.select(MemberPack)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(
            MemberPack.sold_at == location.id,
            MemberPack.state.in_(("open", "spent", "expired")),
            MemberPack.window_end <= on,
            MemberPack.window_end > on - _OFFERED_FOR,
            Pack.kind == "starter",
            ~consented,
            ~member_of,
            ~told,
        )
        .order_by(MemberPack.id)
    )
    packs = db.session.scalars(ended).all()
    for pack in packs:
        assert pack.window_end is not None
        notices.plan(
            member_id=pack.member_id,
            location_id=location.id,
            kind="plan_offer",
            source_id=pack.id,
            about_on=pack.window_end,
            leaves_at=notice_rules.leaves_at(pack.window_end, days_before=0, zone=location.zone),
            facts={},
        )
    return len(packs)


def _starter(pack: MemberPack, zone: str) -> journey.Starter:
    notice = notices.latest(pack.id, "conversion")
    delivered = notice is not None and notice.state == "delivered" and notice.delivered_at
    return journey.Starter(
        state=pack.state,
        opened_on=pack.opened_on,
        window_end=pack.window_end,
        told_on=notice.about_on if notice and delivered else None,
        delivered_on=local_date(delivered, zone) if delivered else None,
    )


def _start(consent: Consent, pack: MemberPack, *, on: date, now: datetime) -> None:
    memberships.start(
        member_id=pack.member_id,
        plan_version_id=consent.plan_version_id,
        location_id=consent.location_id,
        consent_id=consent.id,
        on=on,
        now=now,
        member_pack_id=pack.id,
    )
    pack.converted_on = on
    consents.mark_used(consent.id, now=now)
