"""Cancelling a plan in two clicks: what each way means, then the button. An edge.

It stands on this floor because what ends early gives back money.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from billing.leaving import endings, exits, ways_out
from config import clock
from config.audit import Actor
from config.db import run_txn
from config.errors import Invalid, NotFound
from config.fields import LongText
from config.formats import day, money
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import places
from locations.guard import current_account, member_only
from locations.policy import policy_at
from locations.rules.policy_settings import EXITS
from membership.endings import exit_requests, pack_exits
from membership.endings.pack_exits import PackExit
from membership.models import Member, MemberPack
from membership.packs import pack_rows
from membership.people import members
from membership.people.own import own_member, own_plan, plan_today
from membership.rules.exits import GROUND_WORDS

blueprint = Blueprint("leaving", __name__)
PLAN_WAYS = ("period_end", "end_now", "cooling_off")
PACK_WAYS = ("refund_unused", "cooling_off")


class PlanWay(Input):
    """Which of the ways that the page offered."""

    how = fields.String(load_default="period_end", validate=validate.OneOf(PLAN_WAYS))


class PackWay(Input):
    """Which of the ways that the page offered."""

    how = fields.String(required=True, validate=validate.OneOf(PACK_WAYS))


class ExitAsked(Input):
    """A ground that the law knows, and what only the member reads again."""

    ground = fields.String(required=True, validate=validate.OneOf(EXITS))
    text = LongText(most=400)


@blueprint.get("/plan/cancel")
@member_only
def preview() -> str:
    """The first of two clicks: the last day of access and the money, before the button."""
    plan = own_plan()
    on = plan_today(plan)
    return render_template(
        "member/cancel.html",
        **ways_out.shown(plan, on=on),
        action=url_for(".cancel"),
        exit_url=url_for(".exit_page"),
        back_url="/",
        form=None,
    )


@blueprint.post("/plan/cancel")
@member_only
def cancel() -> Response:
    """The second click."""
    how = read_form(PlanWay, request.form)["how"]
    plan, account = own_plan(), current_account()
    flash(ways_out.end(plan, how, on=plan_today(plan), by=Actor(account.id, account.name)))
    return redirect("/")


@blueprint.post("/plan/cancel/undo")
@member_only
def undo() -> Response:
    """The plan goes on after all."""
    plan, account = own_plan(), current_account()
    by = Actor(account.id, account.name)
    due_on = endings.undo_cancel(plan.id, on=plan_today(plan), by=by)
    flash(f"Your plan goes on. Its next charge is on {day(due_on)}.", "success")
    return redirect("/")


@blueprint.get("/plan/exit")
@member_only
def exit_page() -> str:
    """Leaving on a ground of law: asked here, granted by a manager."""
    member = own_member()
    return render_template("member/cancel_exit.html", form=fresh_form(), **_exit_context(member))


@blueprint.post("/plan/exit")
@member_only
def ask_exit() -> Response:
    """Write the request down; nobody but the member reads its words."""
    member = own_member()
    try:
        asked = read_form(ExitAsked, request.form)
    except Invalid as error:
        return answer_form("member/cancel_exit.html", error, **_exit_context(member))
    account, now = current_account(), clock.now()
    text = f"{asked['ground']}: {asked.get('text', '')}"
    by = Actor(account.id, account.name)
    run_txn(lambda: exit_requests.ask(member.id, text=text, now=now, by=by))
    flash("Your request is with the manager. We will get in touch with you.", "success")
    return redirect("/")


@blueprint.get("/packs/<uuid:pack_id>/back")
@member_only
def pack_preview(pack_id: UUID) -> str:
    """What giving a pack back brings, each way that is open today, before the button."""
    pack = _own_pack(pack_id)
    on = places.business_date(places.get(pack.sold_at), clock.now())
    return render_template(
        "member/cancel_pack.html",
        pack_name=pack_rows.version_of(pack)[1].name,
        ways=ways_out.pack_ways(pack, on=on),
        until=pack_exits.cooling_off_until(pack),
        action=url_for(".pack_back", pack_id=pack_id),
        back_url="/",
    )


@blueprint.post("/packs/<uuid:pack_id>/back")
@member_only
def pack_back(pack_id: UUID) -> Response:
    """Give it back."""
    pack, account = _own_pack(pack_id), current_account()
    how: PackExit = read_form(PackWay, request.form)["how"]
    on = places.business_date(places.get(pack.sold_at), clock.now())
    found = exits.leave_pack(pack_id, how, on=on, by=Actor(account.id, account.name))
    amount = money(found.refund_cents, found.currency)
    flash(f"Your pack is given back. We send {amount} by {day(found.refund_by)}.", "success")
    return redirect("/")


def _exit_context(member: Member) -> dict[str, Any]:
    now = clock.now()
    home = members.home_now(member.id, now)
    policy = policy_at(home, places.business_date(home, now))
    return {
        "asked": exit_requests.is_asked(member.id),
        "miles": policy.moved_over_miles,
        "grounds": [(ground, GROUND_WORDS[ground]) for ground in policy.statutory_exits],
        "action": url_for(".ask_exit"),
        "back_url": "/",
    }


def _own_pack(pack_id: UUID) -> MemberPack:
    member, pack = own_member(), pack_rows.get(pack_id)
    if pack.member_id != member.id:
        raise NotFound("pack")
    return pack
