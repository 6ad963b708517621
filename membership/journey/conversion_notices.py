"""The letter before a starter leads to its plan: planned once, and dropped when its date moves."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.calendar import local_date
from config.formats import money
from locations import places
from locations.models import Location
from membership.journey import conversions
from membership.models import Consent, MemberPack, Notice
from membership.notices import notices
from membership.plans import plan_charges
from membership.rules import journey
from membership.rules import notices as notice_rules

_EXTENSION = aliased(MemberPack)
# Consents whose letter may be missing, or wrong: `plan_notices` looks closer.
_TOLD = sa.exists().where(
    Notice.source_id == MemberPack.id, Notice.kind == "conversion", Notice.state != "dropped"
)
UNANNOUNCED = (
    sa.select(Consent.id)
    .join(MemberPack, MemberPack.id == Consent.member_pack_id)
    .where(
        Consent.location_id == sa.bindparam("location"),
        Consent.state == "given",
        sa.or_(
            MemberPack.window_end.is_(None) & _TOLD,
            MemberPack.window_end.is_not(None)
            & ~_TOLD.where(
                Notice.about_on >= MemberPack.window_end,
                Notice.about_on >= sa.func.coalesce(MemberPack.phase_end, MemberPack.window_end),
            ),
            sa.exists().where(
                _EXTENSION.member_id == MemberPack.member_id, _EXTENSION.id != MemberPack.id
            ),
        ),
    )
)


def plan_notices(location_id: UUID, *, on: date, now: datetime) -> int:
    """Plan the letter seven days before each conversion, or more where the land asks for it.

    Planned twice is planned once; a window that moved drops the letter about its old end.
    Returns how many were planned.
    """
    location = places.get(location_id)
    today = max(on, local_date(now, location.zone))
    planned = 0
    converting = conversions.open_consents(location_id)
    days = notices.first_charge_days(location, on=today) if converting else 0
    ends = conversions.earliest_starts([pack for _, pack, _ in converting])
    told = notices.latest_of([pack.id for _, pack, _ in converting], "conversion")
    for consent, pack, plan_name in converting:
        end = ends.get(pack.id)
        known = told.get(pack.id)
        if end is not None and known is not None and known.about_on >= end:
            continue
        if known is not None:
            notices.drop_for(pack.id, "conversion")
        if end is not None:
            about_on = journey.notice_about(converts_from=end, today=today, notice_days=days)
            _announce(consent, pack, plan_name, about_on=about_on, days=days, location=location)
            planned += 1
    return planned


def _announce(
    consent: Consent,
    pack: MemberPack,
    plan_name: str,
    *,
    about_on: date,
    days: int,
    location: Location,
) -> None:
    currency, charge = consent.currency, plan_charges.first(consent, on=about_on)
    joining = charge.joining_cents
    notices.plan(
        member_id=pack.member_id,
        location_id=location.id,
        kind="conversion",
        source_id=pack.id,
        about_on=about_on,
        leaves_at=notice_rules.leaves_at(about_on, days_before=days, zone=location.zone),
        facts={
            "plan_name": plan_name,
            "price": money(charge.price_cents, currency),
            "joining": money(joining, currency) if joining else None,
            "tax": money(charge.tax_cents, currency),
            "total": money(charge.total_cents, currency),
        },
    )
