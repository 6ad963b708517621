"""A member's plan at the desk: a change with the renewal, and moving home. An edge.

What costs more than was agreed to is left to the member, on their own page.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from billing.plan_changes import change_view
from config import clock
from config.audit import Actor
from config.db import run_txn
from config.errors import Refused
from config.fields import BizDate, Id, LongText, Slug
from config.formats import day
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, places
from membership.changes import changes
from membership.front_desk import desk_member
from membership.front_desk.desk_member import AtDesk
from membership.models import Membership
from membership.people import members, moves
from membership.plans import membership_rows

blueprint = Blueprint("desk_changing", __name__, url_prefix="/desk/members/<uuid:member_id>")

ACT = "change_plan_for_member"
PLAN, HOME = "desk/change.html", "desk/change_home.html"


class Wanted(Input):
    """Which plan to look at."""

    to = Id()


class Change(Input):
    """The button, with the words that stood beside it."""

    to = Id(required=True)
    words = LongText(required=True)


class Home(Input):
    """Where to move to, and from which day on."""

    to = Slug()
    from_on = BizDate()


class Moving(Input):
    """The button."""

    to = Slug(required=True)
    from_on = BizDate(required=True)


@blueprint.get("/plan")
@guard.staff(ACT, at="any")
def plan(member_id: UUID) -> str:
    """The plans to choose from; with one chosen, what the renewal will charge."""
    at = desk_member.seen(member_id, ACT)
    to = read_form(Wanted, request.args, ignore=desk_member.KEPT).get("to")
    return render_template(PLAN, form=fresh_form(), **_plan_shown(at, to))


@blueprint.post("/plan")
@guard.staff(ACT, at="any")
def change(member_id: UUID) -> Answer:
    """Change the plan with the next renewal."""
    at = desk_member.seen(member_id, ACT)
    given = read_form(Change, request.form, ignore=desk_member.KEPT)
    held = _live_plan(member_id)
    on, now = places.business_date(places.get(held.location_id), clock.now()), clock.now()
    try:
        changed = run_txn(
            lambda: changes.ask_for_member(
                held.id, to_version_id=given["to"], by=_actor(), seen=given["words"], on=on, now=now
            )
        )
    except Refused as error:
        return answer_form(PLAN, error, **_plan_shown(at, None))
    flash(f"The plan changes on {day(changed.effective_on)}.", "success")
    return _back(at)


@blueprint.get("/home")
@guard.staff(ACT, at="any")
def home(member_id: UUID) -> str:
    """Choose a studio and a day; with both chosen, what moving means."""
    at = desk_member.seen(member_id, ACT)
    asked = read_form(Home, request.args, ignore=desk_member.KEPT)
    form = fresh_form(**{name: str(value) for name, value in asked.items()})
    return render_template(HOME, form=form, **_home_shown(at, asked))


@blueprint.post("/home")
@guard.staff(ACT, at="any")
def move(member_id: UUID) -> Answer:
    """Move the member's home."""
    at = desk_member.seen(member_id, ACT)
    given = read_form(Moving, request.form, ignore=desk_member.KEPT)
    to, now = places.find(given["to"]), clock.now()
    try:
        run_txn(
            lambda: moves.move_for_member(
                member_id, to_location_id=to.id, from_on=given["from_on"], by=_actor(), now=now
            )
        )
    except Refused as error:
        return answer_form(HOME, error, **_home_shown(at, {}))
    flash(f"At home in {to.name} from {day(given['from_on'])} on.", "success")
    return _back(at)


def _plan_shown(at: AtDesk, to: UUID | None) -> dict[str, Any]:
    held = _live_plan(at.member.member_id)
    on = places.business_date(places.get(held.location_id), clock.now())
    shown = change_view.both_ways(held, to, on=on) if to else change_view.choices(held, on=on)
    return _frame(at, "plan") | {"chosen": to is not None} | shown


def _home_shown(at: AtDesk, asked: dict[str, Any]) -> dict[str, Any]:
    now, member_id = clock.now(), at.member.member_id
    home_id = members.home_at(member_id, at.on)
    chosen = None
    if asked.get("to") and asked.get("from_on"):
        to = places.find(asked["to"])
        found = moves.preview(member_id, to_location_id=to.id, from_on=asked["from_on"], now=now)
        chosen = change_view.move(found)
    return _frame(at, "home") | {
        "home_name": places.get(home_id).name,
        "places": [place for place in places.open_ones() if place.id != home_id],
        "chosen": chosen,
    }


def _frame(at: AtDesk, page: str) -> dict[str, Any]:
    return {
        "member": at.member,
        "place": at.place,
        "kept": at.kept,
        "action": at.path(page),
        "back_url": _card(at),
    }


def _card(at: AtDesk) -> str:
    return f"{at.path()}?{urlencode(at.kept)}"


def _back(at: AtDesk) -> Answer:
    return redirect(_card(at), code=303)


def _live_plan(member_id: UUID) -> Membership:
    found = membership_rows.live_for(member_id)
    if found is None:
        raise Refused("no_plan", "This member holds no plan.")
    return found


def _actor() -> Actor:
    account = guard.current_account()
    return Actor(account.id, account.name)
