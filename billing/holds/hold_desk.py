"""Putting a member's plan on hold at the desk; a manager grants medical ones. An edge.

Of those the desk sees that one is asked for, and its days. Why is the member's own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from billing.holds import hold_view, holding
from config import clock
from config.audit import Actor
from config.errors import Invalid, NotFound, Refused
from config.fields import BizDate
from config.formats import day
from config.inputs import Input, read_form
from config.pages import FormState, answer_form
from locations import guard, places
from membership.front_desk import desk_member
from membership.front_desk.desk_member import AtDesk
from membership.holds import medical_holds
from membership.models import Membership
from membership.plans import membership_rows

blueprint = Blueprint("desk_holding", __name__, url_prefix="/desk/members/<uuid:member_id>/hold")
ACT, GRANT = "hold_for_member", "grant_medical"
PAGE = "desk/hold.html"


class Days(Input):
    """The first day of the break and the first day back; to extend, the latter alone."""

    start = BizDate()
    back = BizDate()


@blueprint.get("")
@guard.staff(ACT, at="any")
def page(member_id: UUID) -> str | Response:
    """Choose the days; with days chosen, what they mean before the button."""
    at = desk_member.seen(member_id, ACT)
    plan = membership_rows.live_for(at.member.member_id)
    if plan is None:
        return _no_plan(at)
    try:
        asked = read_form(Days, request.args, ignore=desk_member.KEPT)
    except Invalid as error:
        form = FormState(request.args.to_dict(), error.fields, error.message)
        return render_template(PAGE, **(_shown(at, plan, {}) | {"form": form}))
    return render_template(PAGE, **_shown(at, plan, asked))


@blueprint.post("")
@guard.staff(ACT, at="any")
def ask(member_id: UUID) -> Response:
    """The button: plan the hold; its fee is charged to the card on file."""

    def work(plan: Membership) -> str:
        span = hold_view.span_of(_days())
        hold = holding.ask(plan.id, span=span, on=_today(plan), by=_actor())
        return f"The plan rests from {day(hold.start)}, and is back on {day(hold.end)}."

    return _done(member_id, ACT, work)


@blueprint.post("/extend")
@guard.staff(ACT, at="any")
def extend(member_id: UUID) -> Response:
    """Let the hold last longer."""

    def work(plan: Membership) -> str:
        given = _days()
        if "back" not in given:
            raise Refused("no_day", "Choose the first day back.")
        hold = holding.extend(plan.id, until=given["back"], on=_today(plan), by=_actor())
        return f"The plan is back on {day(hold.end)}."

    return _done(member_id, ACT, work)


@blueprint.post("/return")
@guard.staff(ACT, at="any")
def come_back(member_id: UUID) -> Response:
    """Back from today on."""

    def work(plan: Membership) -> str:
        holding.return_early(plan.id, on=_today(plan), by=_actor())
        return "The plan is open again."

    return _done(member_id, ACT, work)


@blueprint.post("/call-off")
@guard.staff(ACT, at="any")
def call_off(member_id: UUID) -> Response:
    """Not after all."""

    def work(plan: Membership) -> str:
        holding.call_off(plan.id, by=_actor())
        return "The hold is called off."

    return _done(member_id, ACT, work)


@blueprint.post("/medical")
@guard.staff("record_medical", at="any")
def note_medical(member_id: UUID) -> Response:
    """Write down that a medical hold is asked for: its days, never why."""

    def work(plan: Membership) -> str:
        span = hold_view.span_of(_days())
        holding.request_medical(plan, span=span, why=None, on=_today(plan), by=_actor())
        return "Written down. A manager decides."

    return _done(member_id, "record_medical", work)


@blueprint.post("/medical/grant")
@guard.staff(GRANT, at="any")
def grant(member_id: UUID) -> Response:
    """Grant the request that waits."""

    def work(plan: Membership) -> str:
        hold = holding.grant_medical(_asked(plan), on=_today(plan), by=_actor())
        return f"Granted, from {day(hold.start)}. The plan is back on {day(hold.end)}."

    return _done(member_id, GRANT, work)


@blueprint.post("/medical/decline")
@guard.staff(GRANT, at="any")
def decline(member_id: UUID) -> Response:
    """Do not grant it; the member is told."""

    def work(plan: Membership) -> str:
        holding.decline_medical(_asked(plan), by=_actor())
        return "Declined. The member is told."

    return _done(member_id, GRANT, work)


def _done(member_id: UUID, act: str, work: Callable[[Membership], str]) -> Response:
    at = desk_member.seen(member_id, act)
    plan = membership_rows.live_for(at.member.member_id)
    if plan is None:
        return _no_plan(at)
    try:
        said = work(plan)
    except (Invalid, Refused) as error:
        shown = _shown(at, plan, {})
        del shown["form"]
        return answer_form(PAGE, error, **shown)
    flash(said, "success")
    return _back(at)


def _shown(at: AtDesk, plan: Membership, asked: dict[str, Any]) -> dict[str, Any]:
    return hold_view.shown(plan, asked, on=_today(plan)) | {
        "member": at.member,
        "place": at.place,
        "kept": at.kept,
        "action": at.path("hold"),
        "back_url": f"{at.path()}?{urlencode(at.kept)}",
        "may_note": guard.reach_of("record_medical").covers(at.place.id),
        "may_grant": guard.reach_of(GRANT).covers(at.place.id),
    }


def _asked(plan: Membership) -> UUID:
    found = medical_holds.asked_for(plan.id)
    if found is None:
        raise NotFound("request")
    return found.id


def _days() -> dict[str, Any]:
    return read_form(Days, request.form, ignore=desk_member.KEPT)


def _no_plan(at: AtDesk) -> Response:
    flash(f"{at.member.name} holds no plan.", "error")
    return _back(at)


def _back(at: AtDesk) -> Response:
    return redirect(f"{at.path()}?{urlencode(at.kept)}", code=303)


def _today(plan: Membership) -> date:
    return places.business_date(places.get(plan.location_id), clock.now())


def _actor() -> Actor:
    account = guard.current_account()
    return Actor(account.id, account.name)
