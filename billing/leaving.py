"""Cancelling a plan in two clicks: what it means, then the button. An edge.

It stands on this floor because an unpaid plan ends with a credit on its open invoice.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from billing import credit_notes, endings
from billing.collect import collecting
from config import clock
from config.audit import Actor
from config.errors import NotFound
from config.formats import day
from locations import places
from locations.guard import current_account, member_only
from membership import endings as plans
from membership import members, memberships, plan_overview
from membership.models import Membership

blueprint = Blueprint("leaving", __name__)


@blueprint.get("/plan/cancel")
@member_only
def preview() -> str:
    """The first of two clicks: the last day of access and the money, before the button."""
    plan = _live_plan()
    on = places.business_date(places.get(plan.location_id), clock.now())
    outcome = plans.preview_cancel(plan.id, on=on)
    ends_now = outcome.status == "ended"
    return render_template(
        "member/cancel.html",
        plan_name=_name(plan, on),
        last_access_on=outcome.last_access_on,
        ends_now=ends_now,
        note=None,
        credit_cents=_credit_cents(plan.id, on) if ends_now else 0,
        currency=plan.currency,
        action=url_for(".cancel"),
        back_url="/",
        form=None,
    )


@blueprint.post("/plan/cancel")
@member_only
def cancel() -> Response:
    """The second click."""
    plan, account = _live_plan(), current_account()
    outcome = endings.cancel(
        plan.id,
        on=places.business_date(places.get(plan.location_id), clock.now()),
        by=Actor(account.id, account.name),
        gateway=collecting().gateway,
    )
    flash(f"Your plan is cancelled. Your last day of access is {day(outcome.last_access_on)}.")
    return redirect("/")


def _credit_cents(membership_id: UUID, on: date) -> int:
    return credit_notes.preview(membership_id, plans.preview_unused(membership_id, on=on))


def _name(plan: Membership, on: date) -> str:
    card = plan_overview.plan(plan.member_id, on=on)
    return card.name if card else "your plan"


def _live_plan() -> Membership:
    member = members.of_account(current_account().id)
    plan = memberships.live_for(member.id) if member else None
    if plan is None:
        raise NotFound("plan")
    return plan
