"""Seattle with a price list of four, and what its members agree to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from config.calendar import Interval
from config.db import transaction
from locations.models import Location
from membership.agreements import consent_words, consents
from membership.catalogue import product_versions
from membership.models import Member
from membership.rules.catalog import PlanPriceTag
from tests.support import databases, seattle
from tests.support.remembered import remembered


@dataclass(frozen=True)
class Studio:
    """Seattle with a starter, a booster and two plans; ids of the versions on sale."""

    sea: Location
    starter: UUID
    booster: UUID
    monthly: UUID
    unlimited: UUID


@remembered
def opened() -> Studio:
    """Seattle with what it sells."""
    with transaction():
        sea = seattle.open_place()
        return Studio(
            sea=sea,
            starter=_pack(sea, "STARTER-3", "starter", 9900),
            booster=_pack(sea, "DROP-IN", "drop_in", 5500),
            monthly=_plan(sea, "MAINT-2", 1, 2, 7900),
            unlimited=_plan(sea, "UNLIMITED", 9, None, 18600),
        )


def agree(
    member: Member, studio: Studio, plan_version_id: UUID, member_pack_id: UUID | None = None
) -> UUID:
    """The member's consent to exactly today's words; runs in the caller's transaction."""
    pack_version_id = studio.starter if member_pack_id else None
    words = consent_words.wording(
        plan_version_id=plan_version_id,
        location_id=studio.sea.id,
        pack_version_id=pack_version_id,
        on=date(2027, 1, 4),
        member_id=member.id,
    )
    return consents.give(
        member_id=member.id,
        plan_version_id=plan_version_id,
        location_id=studio.sea.id,
        tax_cents=words.tax_cents,
        text=words.text,
        text_version=words.version,
        member_pack_id=member_pack_id,
        now=databases.START,
        by_account_id=None,
        address="127.0.0.1",
        agent="a browser",
    ).id


def _pack(place: Location, code: str, kind: str, cents: int) -> UUID:
    pack = product_versions.create_pack(code=code, kind=kind, name=code.title())  # type: ignore[arg-type]
    return product_versions.new_pack_version(
        pack.id,
        sessions=3 if kind == "starter" else 1,
        window_days=10,
        first_use_days=14,
        prices={place.id: cents},
        effective_from=seattle.SINCE,
    ).id


def _plan(place: Location, code: str, tier: int, allowance: int | None, cents: int) -> UUID:
    plan = product_versions.create_plan(code=code, name=code.title(), tier=tier)
    return product_versions.new_plan_version(
        plan.id,
        interval=Interval(1, "month"),
        allowance=allowance,
        rollover_cap=allowance or 0,
        rollover_periods=1 if allowance else 0,
        prices={place.id: PlanPriceTag(cents, 3500 if allowance else None)},
        effective_from=seattle.SINCE,
    ).id
