"""Invariants of what is raised or suggested: told in time, as often as the land allows, quietly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db
from config.doctor import Doctor
from locations import places, policy
from membership.models import Notice, PlanChange, PriceRise, PriceRiseHolder, TierSuggestion
from membership.price_rise_rows import kind_of


def register(doctor: Doctor) -> None:
    """Add the promises about prices and tiers to the doctor."""
    doctor.register("N2", "no price was raised without a notice that arrived", _raised_unproven)
    doctor.register("N3", "no price was raised more often than the land allows", _raised_too_often)
    doctor.register("N4", "nobody stepped down without a notice that arrived", _stepped_unproven)
    doctor.register("N5", "nothing was suggested in the quiet time", _not_quiet)


def _raised_unproven() -> Iterator[str]:
    """A mail that came back after its price began undoes nothing: it had been proven."""
    raised = sa.select(PriceRiseHolder, PriceRise).join(
        PriceRise, PriceRise.id == PriceRiseHolder.price_rise_id
    )
    for holder, rise in db.session.execute(raised.where(PriceRiseHolder.state == "raised")):
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
    raised = sa.select(
        PriceRiseHolder.membership_id, PriceRiseHolder.applies_on, PriceRise.location_id
    ).join(PriceRise, PriceRise.id == PriceRiseHolder.price_rise_id)
    counted: Counter[tuple[object, int, object]] = Counter()
    for membership_id, on, place in db.session.execute(
        raised.where(PriceRiseHolder.state == "raised")
    ):
        counted[membership_id, on.year, place] += 1
        land = policy.policy_at(places.get(place), on)
        most = land.dues_raises_per_year
        if most and counted[membership_id, on.year, place] > most:
            yield f"membership {membership_id} was raised more than {most} times in {on.year}"


def _stepped_unproven() -> Iterator[str]:
    told = sa.exists().where(
        Notice.source_id == TierSuggestion.id,
        Notice.kind == "step_down",
        Notice.delivered_at.is_not(None),
    )
    untold = (
        sa.select(TierSuggestion.membership_id)
        .join(PlanChange, PlanChange.id == TierSuggestion.plan_change_id)
        .where(PlanChange.kind == "step_down", PlanChange.state == "applied", ~told)
    )
    for membership_id in db.session.scalars(untold):
        yield f"membership {membership_id} stepped down untold"


def _not_quiet() -> Iterator[str]:
    later = aliased(TierSuggestion)
    loud = sa.select(later.membership_id, later.made_on).join(
        TierSuggestion,
        (TierSuggestion.membership_id == later.membership_id)
        & (TierSuggestion.id != later.id)
        & (TierSuggestion.made_on <= later.made_on)
        & (later.made_on < TierSuggestion.quiet_until),
    )
    for membership_id, on in db.session.execute(loud):
        yield f"membership {membership_id}: something was suggested on {on}, too soon"
