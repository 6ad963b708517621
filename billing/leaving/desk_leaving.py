"""Ending a plan for its member at the desk, and exits by law that a manager grants. An edge.

Cancelling is never refused to the desk. Of a request for an exit it sees that there is one; why
is the member's own.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from billing.leaving import endings, law_exits, ways_out
from billing.payments.collect import collecting
from config import clock
from config.audit import Actor
from config.db import run_txn
from config.errors import Invalid, Refused
from config.fields import LongText
from config.formats import day, money
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, places
from locations.policy import policy_at
from locations.rules.policy_settings import EXITS
from membership.endings import exit_requests
from membership.front_desk import desk_member
from membership.front_desk.desk_member import AtDesk
from membership.models import Membership
from membership.plans import membership_rows
from membership.rules.exits import GROUNDS_AT_DESK

blueprint = Blueprint("desk_leaving", __name__, url_prefix="/desk/members/<uuid:member_id>")
EXIT_FORM = "desk/exit.html"


class Way(Input):
    """Which of the ways that the page offered."""

    how = fields.String(
        load_default="period_end",
        validate=validate.OneOf(("period_end", "end_now", "cooling_off")),
    )


class Granted(Input):
    """On which ground; `text` is kept for the member alone."""

    ground = fields.String(required=True, validate=validate.OneOf(EXITS))
    text = LongText(most=400)


@blueprint.get("/cancel")
@guard.staff("cancel_for_member", at="any")
def cancel_page(member_id: UUID) -> str:
    """The ways out with their money, before the button."""
    at = desk_member.seen(member_id, "cancel_for_member")
    plan = membership_rows.live_for(at.member.member_id)
    shown = ways_out.shown(plan, on=_today(plan)) if plan else {"ways": []}
    return render_template(
        "desk/cancel.html",
        plan=plan,
        asked=exit_requests.is_asked(at.member.member_id),
        undo_url=_url("undo", at),
        note_url=_url("note_exit", at),
        **_page(at, "cancel"),
        **shown,
    )


@blueprint.post("/cancel")
@guard.staff("cancel_for_member", at="any")
def cancel(member_id: UUID) -> Response:
    """End the plan in one of these ways."""
    at = desk_member.seen(member_id, "cancel_for_member")
    how = read_form(Way, request.form, ignore=desk_member.KEPT)["how"]
    plan = _plan(at)
    flash(ways_out.end(plan, how, on=_today(plan), by=_actor()), "success")
    return _back(at)


@blueprint.post("/cancel/undo")
@guard.staff("cancel_for_member", at="any")
def undo(member_id: UUID) -> Response:
    """The plan goes on after all."""
    at = desk_member.seen(member_id, "cancel_for_member")
    plan = _plan(at)
    try:
        due_on = endings.undo_cancel(plan.id, on=_today(plan), by=_actor())
    except Refused as refused:
        flash(refused.message, "error")
        return _back(at)
    flash(f"The plan goes on. Its next charge is on {day(due_on)}.", "success")
    return _back(at)


@blueprint.post("/cancel/by-law")
@guard.staff("cancel_for_member", at="any")
def note_exit(member_id: UUID) -> Response:
    """Write down that the member asks for an exit by law, without why."""
    at = desk_member.seen(member_id, "cancel_for_member")
    by, now = _actor(), clock.now()
    run_txn(lambda: exit_requests.note(at.member.member_id, now=now, by=by))
    flash("Written down. A manager decides, and speaks with the member.", "success")
    return _back(at)


@blueprint.get("/exit")
@guard.staff("statutory_exit", at="any")
def exit_page(member_id: UUID) -> str:
    """What an exit by law would give back, and the ground."""
    at = desk_member.seen(member_id, "statutory_exit")
    return render_template(EXIT_FORM, form=fresh_form(), **_exit_context(at))


@blueprint.post("/exit")
@guard.staff("statutory_exit", at="any")
def grant_exit(member_id: UUID) -> Response:
    """Grant it: plan and packs end today, and what is unused is owed back."""
    at = desk_member.seen(member_id, "statutory_exit")
    try:
        given = read_form(Granted, request.form, ignore=desk_member.KEPT)
        found = law_exits.grant(
            at.member.member_id,
            ground=given["ground"],
            text=given.get("text", ""),
            by=_actor(),
            gateway=collecting().gateway,
        )
    except (Invalid, Refused) as error:
        return answer_form(EXIT_FORM, error, **_exit_context(at))
    sums = " and ".join(money(cents, currency) for currency, cents in found.items())
    flash(f"Granted. {sums or 'Nothing'} goes back to {at.member.name}.", "success")
    return _back(at)


@blueprint.post("/exit/decline")
@guard.staff("statutory_exit", at="any")
def decline_exit(member_id: UUID) -> Response:
    """The request does not stand; its words are erased."""
    at = desk_member.seen(member_id, "statutory_exit")
    by, now = _actor(), clock.now()
    run_txn(lambda: exit_requests.settle(at.member.member_id, granted_as=None, now=now, by=by))
    flash("Declined.", "success")
    return _back(at)


def _exit_context(at: AtDesk) -> dict[str, Any]:
    policy = policy_at(at.place, at.on)
    return {
        "asked": exit_requests.is_asked(at.member.member_id),
        "miles": policy.moved_over_miles,
        "grounds": [(ground, GROUNDS_AT_DESK[ground]) for ground in policy.statutory_exits],
        "ending": law_exits.quotes(at.member.member_id),
        "decline_url": _url("decline_exit", at),
        **_page(at, "grant_exit"),
    }


def _page(at: AtDesk, endpoint: str) -> dict[str, Any]:
    return {
        "member": at.member,
        "place": at.place,
        "kept": at.kept,
        "action": _url(endpoint, at),
        "back_url": f"{at.path()}?{urlencode(at.kept)}",
    }


def _url(endpoint: str, at: AtDesk) -> str:
    return url_for(f".{endpoint}", member_id=at.member.member_id)


def _back(at: AtDesk) -> Response:
    return redirect(f"{at.path()}?{urlencode(at.kept)}", 303)


def _plan(at: AtDesk) -> Membership:
    plan = membership_rows.live_for(at.member.member_id)
    if plan is None:
        raise Refused("no_plan", "This member holds no plan.")
    return plan


def _today(plan: Membership) -> date:
    return places.business_date(places.get(plan.location_id), clock.now())


def _actor() -> Actor:
    account = guard.current_account()
    return Actor(account.id, account.name)
