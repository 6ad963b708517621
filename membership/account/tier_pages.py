"""What a member decides about tiers and prices: stepping down beforehand, staying, a dearer plan.

Staying needs no sign-in: the link in the mail is sealed for exactly that.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from config import clock
from config.audit import Actor
from config.db import run_txn
from config.errors import Invalid, Refused
from config.fields import SafeStr
from config.inputs import Input, read_form
from config.links import opened
from config.pages import answer_form, fresh_form
from locations.guard import member_only, public
from membership.account.blueprint import blueprint
from membership.journey import step_downs, tier_choices, tiers
from membership.models import Membership
from membership.people.own import actor, own_member, own_plan, today
from membership.price_rises import price_rise_view
from membership.rules.tiers import AGREEMENT

STEP_DOWN, STAY = "member/step_down.html", "member/stay.html"
_BY_MAIL = Actor(None, "member, by the link in their mail")


class Agree(Input):
    """The box, ticked."""

    agree = SafeStr(most=3, required=True)


@blueprint.get("/plan/step-down")
@member_only
def step_down() -> str:
    """The words of moving down by itself, to agree to or to take back."""
    return render_template(STEP_DOWN, form=fresh_form(), **_step_down(own_plan()))


@blueprint.post("/plan/step-down")
@member_only
def agree_to_step_down() -> Answer:
    """Agree to it beforehand."""
    plan, by, now = own_plan(), actor(), clock.now()
    try:
        read_form(Agree, request.form)
        run_txn(lambda: tier_choices.agree(plan.id, seen=AGREEMENT, by=by, now=now))
    except (Invalid, Refused) as error:
        return answer_form(STEP_DOWN, error, **_step_down(plan))
    flash("Agreed. We write to you before anything changes.")
    return redirect("/", 303)


@blueprint.post("/plan/step-down/withdraw")
@member_only
def withdraw_step_down() -> Answer:
    """Take that back."""
    plan, by, now, on = own_plan(), actor(), clock.now(), today(own_member())
    run_txn(lambda: tier_choices.withdraw(plan.id, by=by, on=on, now=now))
    flash("Taken back. Your plan stays as it is.")
    return redirect("/", 303)


@blueprint.get("/plan/stay/<seal>")
@public
def stay(seal: str) -> str:
    """What the one click does; looking decides nothing."""
    told = tier_choices.told(opened(step_downs.LINK, seal))
    return render_template(STAY, told=told, action=url_for(".keep_plan", seal=seal))


@blueprint.post("/plan/stay/<seal>")
@public
def keep_plan(seal: str) -> Answer:
    """The one click: the plan stays as it is. Again changes nothing."""
    suggestion_id, now = opened(step_downs.LINK, seal), clock.now()
    on = tier_choices.told(suggestion_id).today(now)
    run_txn(lambda: tier_choices.stay(suggestion_id, by=_BY_MAIL, on=on, now=now))
    return redirect(url_for(".stay", seal=seal), 303)


@blueprint.get("/plan/price")
@member_only
def price() -> str:
    """The price to come, and the way out before it begins."""
    coming = price_rise_view.coming(own_plan())
    return render_template("member/price.html", coming=coming)


def _step_down(plan: Membership) -> dict[str, Any]:
    return {
        "agreed": plan.steps_down,
        "words": AGREEMENT,
        "lower": tiers.lower_for(plan, on=today(own_member())),
    }
