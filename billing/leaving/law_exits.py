"""Exits on a ground of law: a member's plan and packs end at once, and what is unused goes back.

A manager grants one; whatever notice or commitment there was does not count. An edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Gateway
from billing.leaving import exits
from billing.refunds.refunds_owed import Quote
from config import clock
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from locations import places
from locations.policy import policy_at
from membership.endings import exit_requests
from membership.models import MemberPack, Membership
from membership.packs import pack_rows
from membership.plans import membership_rows, plan_overview
from membership.rules.exits import Ground

NOT_A_GROUND = "This is no ground for leaving at once where the contract was signed."


@dataclass(frozen=True, slots=True)
class Ending:
    """A plan or pack that would end, with its money."""

    name: str
    quote: Quote


def quotes(member_id: UUID) -> list[Ending]:
    """What an exit today would end and give back; writes nothing."""
    found: list[Ending] = []
    plan = membership_rows.live_for(member_id)
    if plan is not None:
        on = places.business_date(places.get(plan.location_id), clock.now())
        card = plan_overview.plan(member_id, on=on)
        quote = exits.quote_plan(plan.id, "statutory_exit", on=on)
        found.append(Ending(card.name if card else "", quote))
    for pack in _packs(member_id):
        on = places.business_date(places.get(pack.sold_at), clock.now())
        quote = exits.quote_pack(pack.id, "statutory_exit", on=on)
        if quote.refund_cents:
            found.append(Ending(pack_rows.version_of(pack)[1].name, quote))
    return found


def grant(
    member_id: UUID, *, ground: Ground, text: str, by: Actor, gateway: Gateway
) -> Mapping[str, int]:
    """End all of it; returns what is owed back in minor units, by currency.

    Told twice it finds nothing more to give. The letter is left to people where somebody died.
    Raises Refused("not_a_ground") where the policy of the place does not know the ground.
    """
    owed: dict[str, int] = {}
    plan = membership_rows.live_for(member_id)
    ended: UUID | None = None
    if plan is not None:
        quote = _end_plan(plan, ground, by=by, gateway=gateway)
        owed[quote.currency] = owed.get(quote.currency, 0) + quote.refund_cents
        ended = plan.id
    for pack in _packs(member_id):
        place = places.get(pack.sold_at)
        on = places.business_date(place, clock.now())
        if ground not in policy_at(place, on).statutory_exits:
            continue
        quote = exits.leave_pack(pack.id, "statutory_exit", on=on, by=by)
        owed[quote.currency] = owed.get(quote.currency, 0) + quote.refund_cents
        ended = ended or pack.id
    if ended is not None:
        source_id, now = ended, clock.now()
        if text:
            run_txn(lambda: exit_requests.ask(member_id, text=f"{ground}: {text}", now=now, by=by))
        run_txn(lambda: exit_requests.settle(member_id, granted_as=source_id, now=now, by=by))
    return {currency: cents for currency, cents in owed.items() if cents}


def _end_plan(plan: Membership, ground: Ground, *, by: Actor, gateway: Gateway) -> Quote:
    place = places.get(plan.location_id)
    on = places.business_date(place, clock.now())
    if ground not in policy_at(place, on).statutory_exits:
        raise Refused("not_a_ground", NOT_A_GROUND)
    leave = exits.leave_plan_unannounced if ground == "death" else exits.leave_plan
    return leave(plan.id, "statutory_exit", on=on, by=by, gateway=gateway)


def _packs(member_id: UUID) -> list[MemberPack]:
    """Packs that may still be worth something."""
    query = sa.select(MemberPack).where(
        MemberPack.member_id == member_id,
        MemberPack.state.in_(("unopened", "open", "expired")),
    )
    return list(db.session.scalars(query.order_by(MemberPack.id)))
