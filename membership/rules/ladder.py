"""The price ladder: what a list of prices says that its owner can hardly mean. Warns, no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from config.money import half_up
from membership.rules.catalog import Offers, PackTerms, PlanTerms

Code = Literal["booster_above_overage", "rung_not_dearer", "rung_dearer_each"]


@dataclass(frozen=True, slots=True)
class Rung:
    """Two products whose prices do not fit together, and by how many minor units before tax.

    `above_cents` is for all sessions of a booster, or of a tier; a "dearer each" is per session.
    """

    code: Code
    product: str
    beside: str
    above_cents: int


def warnings(offers: Offers) -> tuple[Rung, ...]:
    """What is odd about a location's list, boosters first, then the tiers upwards."""
    boosters = [pack for pack in offers.packs if pack.kind == "booster"]
    return (
        *(w for pack in boosters for plan in offers.plans for w in _booster(pack, plan)),
        *(w for below, above in pairwise(_counted(offers)) for w in _rungs(below, above)),
    )


def _booster(pack: PackTerms, plan: PlanTerms) -> Iterator[Rung]:
    """A booster dearer than as many sessions at the plan's price of one more: nobody needs it."""
    if plan.overage_cents is None:
        return
    above_cents = pack.price_cents - pack.sessions * plan.overage_cents
    if above_cents > 0:
        yield Rung("booster_above_overage", pack.code, plan.code, above_cents)


def _counted(offers: Offers) -> list[PlanTerms]:
    """Tiers with a count of sessions, each beside the next one of its interval."""
    counted = [plan for plan in offers.plans if plan.allowance is not None]
    counted.sort(key=lambda plan: (plan.interval.unit, plan.interval.count, plan.tier, plan.code))
    return counted


def _rungs(below: PlanTerms, above: PlanTerms) -> Iterator[Rung]:
    """A higher tier costs more in all, and not more for each of its sessions."""
    if below.interval != above.interval or below.tier == above.tier:
        return
    assert below.allowance is not None
    assert above.allowance is not None
    if above.price_cents <= below.price_cents:
        gap_cents = below.price_cents - above.price_cents
        yield Rung("rung_not_dearer", above.code, below.code, gap_cents)
    elif above.price_cents * below.allowance > below.price_cents * above.allowance:
        gap_cents = above.price_cents * below.allowance - below.price_cents * above.allowance
        each_cents = half_up(gap_cents, below.allowance * above.allowance)
        yield Rung("rung_dearer_each", above.code, below.code, each_cents)
