"""The ways out of a plan or pack, as pages offer them to a member or at the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from billing.leaving import endings, exits
from billing.payments.collect import collecting
from billing.refunds import refunds_owed
from config.audit import Actor
from config.formats import day, money
from membership.endings import endings as plans
from membership.endings import exits as plan_exits
from membership.endings import pack_exits
from membership.endings.unused import preview
from membership.models import MemberPack, Membership
from membership.plans import plan_overview
from membership.rules.exits import Exit


def shown(plan: Membership, *, on: date) -> dict[str, Any]:
    """What a page that offers to cancel a plan shows, for the member and for the desk alike."""
    outcome = plans.preview_cancel(plan.id, on=on)
    card = plan_overview.plan(plan.member_id, on=on)
    off_cents = 0
    if outcome.status == "ended":
        unused = preview(plan.id, on=on)
        backs = refunds_owed.of_unused(plan, unused)
        off_cents = sum(back.credited.total_cents for back in backs)
    return {
        "plan_name": card.name if card else "the plan",
        "last_access_on": outcome.last_access_on,
        "still_charged_on": []
        if outcome.status == "ended"
        else plans.renewals_before(plan.id, outcome.last_access_on + timedelta(days=1)),
        "ends_now": outcome.status == "ended",
        "rest_goes_back": plan_exits.policy_of(plan, on).end_now_refund,
        "ends_on": plan.ends_on,
        "credit_cents": off_cents,
        "currency": plan.currency,
        "cooling_off_until": plan_exits.cooling_off_until(plan),
        "ways": _ways(
            plan_exits.offered(plan, on=on), lambda how: exits.quote_plan(plan.id, how, on=on)
        ),
    }


def end(plan: Membership, how: str, *, on: date, by: Actor) -> str:
    """End a plan in one of the ways that the page offers; says what comes of it."""
    gateway = collecting().gateway
    if how == "period_end":
        outcome = endings.cancel(plan.id, on=on, by=by, gateway=gateway)
        last_day = day(outcome.last_access_on)
        return f"The plan is cancelled. The last day of access is {last_day}."
    way: Exit = "end_now" if how == "end_now" else "cooling_off"
    found = exits.leave_plan(plan.id, way, on=on, by=by, gateway=gateway)
    if not found.refund_cents:
        return "The plan has ended today."
    amount = money(found.refund_cents, found.currency)
    return f"The plan has ended today. {amount} will be sent back by {day(found.refund_by)}."


def pack_ways(pack: MemberPack, *, on: date) -> list[dict[str, Any]]:
    """The ways to give a pack back today, each with its money."""
    offered = pack_exits.offered(pack, on=on)
    return _ways(offered, lambda how: exits.quote_pack(pack.id, how, on=on))


def _ways(
    offered: Sequence[Any], quote: Callable[[Any], refunds_owed.Quote]
) -> list[dict[str, Any]]:
    return [{"how": how, "quote": quote(how)} for how in offered]
