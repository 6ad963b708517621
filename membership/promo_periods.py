"""Plan periods that a code still makes cheaper: asked once for a batch of dues, counted down once.

Most batches bill nobody who has such a code; then an index that is empty is all that is read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from config.base import table_of
from config.db import core, db
from membership import promos
from membership.models import MembershipPeriod, PromoCode, PromoUse
from membership.rules import discount as rule
from membership.rules.discount import Code, Discount
from membership.rules.due import Due

_USE = table_of(PromoUse)
# As the index says it, or the database would not look there.
_RUNNING = sa.text("promo_use.periods_left > 0")
_ANY = sa.select(sa.exists(sa.select(PromoUse.id).where(_RUNNING)))


def running(dues: Sequence[Due]) -> Mapping[UUID, Code]:
    """The codes that hold for these dues, by membership.

    A code goes with the plan that it was used for: whoever has changed to another pays its price.
    """
    if not dues or not db.session.scalar(_ANY):
        return {}
    plans = {due.membership_id: due.plan_version_id for due in dues}
    query = (
        sa.select(PromoUse.membership_id, MembershipPeriod.plan_version_id, PromoCode)
        .join(PromoCode, PromoCode.id == PromoUse.promo_id)
        .join(MembershipPeriod, MembershipPeriod.id == PromoUse.source_id)
        .where(_RUNNING, PromoUse.state == "used", PromoUse.membership_id.in_(list(plans)))
    )
    return {
        membership_id: promos.value_of(row)
        for membership_id, version_id, row in db.session.execute(query)
        if membership_id is not None and plans[membership_id] == version_id
    }


def cheaper(due: Due, code: Code) -> tuple[Due, Discount]:
    """A due at what is left of its price, and what came off. Refused("code_takes_all")."""
    off_cents = rule.share_cents(code, due.price_cents)
    less = Discount(1, code.id, code.name, off_cents)
    return due._replace(price_cents=due.price_cents - off_cents), less


def count_down(membership_ids: Collection[UUID]) -> None:
    """One period fewer for each of these, in the commit that issues it."""
    core(
        sa.update(_USE)
        .where(_USE.c.membership_id.in_(list(membership_ids)), _USE.c.periods_left > 0)
        .values(periods_left=_USE.c.periods_left - 1)
    )
