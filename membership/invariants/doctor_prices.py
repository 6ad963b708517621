"""Invariants of what is raised or suggested: told in time, as often as the land allows, quietly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db
from config.doctor import Doctor, breach
from locations import places, policy
from membership.models import Notice, PlanChange, PriceRise, PriceRiseHolder, TierSuggestion
from membership.price_rises.price_rise_rows import kind_of


def register(doctor: Doctor) -> None:
    """Add the promises about prices and tiers to the doctor."""
    doctor.register("N2", "no price was raised without a notice that arrived", _raised_unproven)
    doctor.register("N3", "no price was raised more often than the land allows", _raised_too_often)
    doctor.register("N4", "nobody stepped down without a notice that arrived", _stepped_unproven)
    doctor.register("N5", "nothing was suggested in the quiet time", _not_quiet)


def _raised_unproven() -> Iterator[str]:
    """A mail that came back after its price began undoes nothing: it had been proven."""
    for holder, rise in db.session.execute(_raised()):
        land = policy.policy_at(places.get(rise.location_id), rise.effective_from)
        proven = sa.select(sa.func.count(Notice.id)).where(
            Notice.source_id == holder.id,
            Notice.kind.in_([kind_of(n + 1) for n in range(len(land.price_notice_days))]),
            Notice.about_on == holder.applies_on,
            Notice.delivered_at.is_not(None),
        )
        if db.session.scalar(proven) != min(len(land.price_notice_days), 3):
            yield f"membership {holder.membership_id} was raised without all of its notices"


def _raised_too_often() -> Iterator[str]:
    counted: Counter[tuple[object, int, object]] = Counter()
    for holder, rise in db.session.execute(_raised()):
        membership_id, on, place = holder.membership_id, holder.applies_on, rise.location_id
        counted[membership_id, on.year, place] += 1
        land = policy.policy_at(places.get(place), on)
        most = land.dues_raises_per_year
        if most and counted[membership_id, on.year, place] > most:
            yield f"membership {membership_id} was raised more than {most} times in {on.year}"


@cache
def _raised() -> sa.Select:
    both = sa.select(PriceRiseHolder, PriceRise).join(
        PriceRise, PriceRise.id == PriceRiseHolder.price_rise_id
    )
    return both.where(PriceRiseHolder.state == "raised")


@breach(lambda row: f"membership {row.membership_id} stepped down untold")
def _stepped_unproven() -> sa.Select:
    told = sa.exists().where(
        Notice.source_id == TierSuggestion.id,
        Notice.kind == "step_down",
        Notice.delivered_at.is_not(None),
    )
    return (
        sa.select(TierSuggestion.membership_id)
        .join(PlanChange, PlanChange.id == TierSuggestion.plan_change_id)
        .where(PlanChange.kind == "step_down", PlanChange.state == "applied", ~told)
    )


@breach(
    lambda row: (
        f"membership {row.membership_id}: something was suggested on {row.made_on}, too soon"
    )
)
def _not_quiet() -> sa.Select:
    later = aliased(TierSuggestion)
    return sa.select(later.membership_id, later.made_on).join(
        TierSuggestion,
        (TierSuggestion.membership_id == later.membership_id)
        & (TierSuggestion.id != later.id)
        & (TierSuggestion.made_on <= later.made_on)
        & (later.made_on < TierSuggestion.quiet_until),
    )
