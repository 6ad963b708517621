"""Putting one's plan on hold: first what it means and costs, then the button. An edge."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from billing.holds import hold_view, holding
from config.errors import Invalid, NotFound, Refused
from config.fields import BizDate, SafeStr
from config.formats import day
from config.inputs import Input, read_form
from config.pages import FormState, answer_form
from locations.guard import current_account, member_only
from membership.holds import medical_holds
from membership.models import Membership
from membership.people import members
from membership.people.own import actor, own_plan, plan_today
from membership.plans import membership_rows

blueprint = Blueprint("holding", __name__, url_prefix="/plan/hold")
PAGE = "member/hold.html"


class Days(Input):
    """The first day of the break and the first day back; to extend, the latter alone."""

    start = BizDate()
    back = BizDate()


class Unwell(Days):
    """The same, with a word on why, if the member likes."""

    why = SafeStr(most=500)


@blueprint.get("")
@member_only
def page() -> str | Response:
    """Choose the days; with days chosen, what they mean before the button."""
    plan = own_plan()
    try:
        asked = read_form(Days, request.args)
    except Invalid as error:
        form = FormState(request.args.to_dict(), error.fields, error.message)
        return render_template(PAGE, **(_shown(plan, {}) | {"form": form}))
    return render_template(PAGE, **_shown(plan, asked))


@blueprint.post("")
@member_only
def ask() -> Response:
    """The button: plan the hold, or extend the one that runs, and pay its fee."""
    plan = own_plan()
    try:
        given = read_form(Days, request.form)
        span = hold_view.span_of(given)
        hold = holding.ask(plan.id, span=span, on=plan_today(plan), by=actor())
    except (Invalid, Refused) as error:
        return answer_form(PAGE, error, **_without_form(plan))
    flash(f"Your plan rests from {day(hold.start)}. You are back on {day(hold.end)}.", "success")
    return _home()


@blueprint.post("/extend")
@member_only
def extend() -> Response:
    """Stay away longer."""
    plan = own_plan()
    try:
        given = read_form(Days, request.form)
        if "back" not in given:
            raise Refused("no_day", "Choose your first day back.")
        hold = holding.extend(plan.id, until=given["back"], on=plan_today(plan), by=actor())
    except (Invalid, Refused) as error:
        return answer_form(PAGE, error, **_without_form(plan))
    flash(f"You are back on {day(hold.end)}.", "success")
    return _home()


@blueprint.post("/return")
@member_only
def come_back() -> Response:
    """Back from today on."""
    plan = own_plan()
    try:
        holding.return_early(plan.id, on=plan_today(plan), by=actor())
    except Refused as error:
        return answer_form(PAGE, error, **_without_form(plan))
    flash("Welcome back. Your plan is open again.", "success")
    return _home()


@blueprint.post("/call-off")
@member_only
def call_off() -> Response:
    """Not after all."""
    plan = own_plan()
    try:
        holding.call_off(plan.id, by=actor())
    except Refused as error:
        return answer_form(PAGE, error, **_without_form(plan))
    flash("The hold is called off. Your plan goes on as it was.", "success")
    return _home()


@blueprint.post("/unwell")
@member_only
def unwell() -> Response:
    """Ask for a hold for one's health: a manager decides, and never reads why."""
    plan = own_plan()
    try:
        given = read_form(Unwell, request.form)
        holding.request_medical(
            plan,
            span=hold_view.span_of(given),
            why=given.get("why"),
            on=plan_today(plan),
            by=actor(),
        )
    except (Invalid, Refused) as error:
        return answer_form(PAGE, error, **_without_form(plan))
    flash("We have your request. The studio answers soon.", "success")
    return redirect(request.path.rpartition("/")[0], code=303)


@blueprint.post("/why/<uuid:hold_id>/erase")
@member_only
def erase(hold_id: UUID) -> Response:
    """Erase what one wrote."""
    member = members.of_account(current_account().id)
    if member is None or medical_holds.reason_of(hold_id, member_id=member.id) is None:
        raise NotFound
    holding.forget_reason(hold_id, member_id=member.id)
    flash("Erased.", "success")
    return redirect("/plan/hold" if membership_rows.live_for(member.id) else "/", code=303)


def _shown(plan: Membership, asked: dict[str, Any]) -> dict[str, Any]:
    shown = hold_view.shown(plan, asked, on=plan_today(plan))
    return shown | {"reasons": medical_holds.reasons_of(plan.member_id), "back_url": "/"}


def _without_form(plan: Membership) -> dict[str, Any]:
    shown = _shown(plan, {})
    del shown["form"]
    return shown


def _home() -> Response:
    return redirect("/", code=303)
