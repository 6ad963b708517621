"""Plan periods that a code still makes cheaper: asked once for a batch of dues, counted down once.

Most batches bill nobody who has such a code; then an index that is empty is all that is read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from config.base import table_of
from config.db import core, db
from membership.models import Consent, MembershipPeriod, PromoCode, PromoUse
from membership.plans import promos
from membership.rules import discount as rule
from membership.rules.discount import Code, Discount
from membership.rules.due import Due

_USE = table_of(PromoUse)
# As the index says it, or the database would not look there.
_RUNNING = sa.text("promo_use.periods_left > 0")
_ANY = sa.select(sa.exists(sa.select(PromoUse.id).where(_RUNNING)))
# A use names the first period that it was sold with, or the consent that promised it.
_HOLDING = (
    sa.select(
        PromoUse.membership_id,
        sa.func.coalesce(MembershipPeriod.plan_version_id, Consent.plan_version_id),
        PromoCode,
    )
    .join(PromoCode, PromoCode.id == PromoUse.promo_id)
    .outerjoin(MembershipPeriod, MembershipPeriod.id == PromoUse.source_id)
    .outerjoin(Consent, Consent.id == PromoUse.source_id)
    .where(_RUNNING)
)


def running(dues: Sequence[Due]) -> Mapping[UUID, Code]:
    """The codes that hold for these dues, by membership.

    A code goes with the plan that it was used for: whoever has changed to another pays its price.
    """
    if not dues or not db.session.scalar(_ANY):
        return {}
    plans = {due.membership_id: due.plan_version_id for due in dues}
    query = _HOLDING.where(PromoUse.membership_id.in_(list(plans)))
    return {
        membership_id: promos.value_of(row)
        for membership_id, version_id, row in db.session.execute(query)
        if membership_id is not None and plans[membership_id] == version_id
    }


def of_charge(membership_id: UUID, *, plan_version_id: UUID, after: int = 0) -> Code | None:
    """The code that makes a charge of this plan cheaper, with `after` others before it."""
    query = _HOLDING.where(PromoUse.membership_id == membership_id, PromoUse.periods_left > after)
    for _, version_id, row in db.session.execute(query):
        if version_id == plan_version_id:
            return promos.value_of(row)
    return None


def promised(consent_id: UUID) -> Code | None:
    """The code that goes with a plan agreed to for after a starter, until that plan begins."""
    query = (
        sa.select(PromoCode)
        .join(PromoUse, PromoUse.promo_id == PromoCode.id)
        .where(
            PromoUse.source_id == consent_id,
            PromoUse.membership_id.is_(None),
            PromoUse.state == "reserved",
        )
    )
    row = db.session.scalar(query)
    return None if row is None else promos.value_of(row)


def begin(consent_id: UUID, membership_id: UUID) -> None:
    """The plan that a code was promised for exists: its periods are counted down from now on."""
    core(
        sa.update(_USE)
        .where(_USE.c.source_id == consent_id, _USE.c.state == "reserved")
        .values(membership_id=membership_id)
    )


def begun_early(consent_id: UUID, membership_id: UUID) -> None:
    """The same for a first period that is paid already, before its day; quiet when told twice."""
    core(
        sa.update(_USE)
        .where(
            _USE.c.source_id == consent_id,
            _USE.c.state == "reserved",
            _USE.c.membership_id.is_(None),
        )
        .values(membership_id=membership_id, periods_left=_USE.c.periods_left - 1)
    )


def cheaper(due: Due, code: Code) -> tuple[Due, Discount]:
    """A due at what is left of its price, and what came off. Refused("code_takes_all")."""
    less = rule.first_line(code, due.price_cents)
    return due._replace(price_cents=due.price_cents - less.amount_cents), less


def count_down(membership_ids: Collection[UUID]) -> None:
    """One period fewer for each of these, in the commit that issues it."""
    core(
        sa.update(_USE)
        .where(_USE.c.membership_id.in_(list(membership_ids)), _USE.c.periods_left > 0)
        .values(periods_left=_USE.c.periods_left - 1)
    )
