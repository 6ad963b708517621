"""A member's plan: changing to another, and moving home; first what it means, then the button.

An edge. It stands on this floor because both are previewed with their tax.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from billing.payments.collect import collecting
from billing.plan_changes import change_view, changing
from config import clock
from config.audit import Actor
from config.db import run_txn
from config.errors import Invalid, Refused, invalid_field
from config.fields import BizDate, Id, LongText, SafeStr, Slug
from config.formats import day
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import places
from locations.guard import current_account, member_only
from membership.agreements.change_consents import Proof
from membership.models import Membership
from membership.people import members, moves
from membership.people.own import own_member, own_plan, plan_today

blueprint = Blueprint("changing", __name__)

CHANGE, HOME = "member/change.html", "member/change_home.html"


class Wanted(Input):
    """Which plan to look at."""

    to = Id()


class Change(Input):
    """A press of one of the two buttons: the words are those that were shown beside it."""

    to = Id(required=True)
    when = SafeStr(most=8, required=True)
    words = LongText(required=True)
    agree_now = SafeStr(most=3)
    agree_renewal = SafeStr(most=3)


class Home(Input):
    """Where to move to, and from which day on."""

    location = Slug()
    from_on = BizDate()


class Moving(Input):
    """The second press; words and agreement only where the plan costs more there."""

    location = Slug(required=True)
    from_on = BizDate(required=True)
    words = LongText()
    agree = SafeStr(most=3)


@blueprint.get("/plan/change")
@member_only
def plans() -> str:
    """The plans to choose from; with one chosen, what it costs now and with the renewal."""
    plan = own_plan()
    to = read_form(Wanted, request.args).get("to")
    if to is None:
        shown = change_view.choices(plan, on=plan_today(plan))
        return render_template("member/change_plans.html", **shown, back_url="/")
    return render_template(CHANGE, form=fresh_form(), **_context(plan, to))


@blueprint.post("/plan/change")
@member_only
def change() -> Response:
    """Change now, on to the card page; or with the next renewal."""
    plan = own_plan()
    try:
        asked = read_form(Change, request.form)
    except Invalid as error:
        to = request.form.get("to", type=UUID)
        if to is None:
            raise
        return answer_form(CHANGE, error, **_context(plan, to))
    try:
        return _changed(plan, asked)
    except (Invalid, Refused) as error:
        if isinstance(error, Refused) and error.code != "terms_changed":
            raise
        return answer_form(CHANGE, error, **_context(plan, asked["to"]))


@blueprint.post("/plan/change/undo")
@member_only
def undo() -> Response:
    """Take back what waits."""
    plan, account = own_plan(), current_account()
    by = Actor(account.id, account.name)
    changing.undo(plan.id, by=by, gateway=collecting().gateway, now=clock.now())
    flash("Taken back: your plan stays as it is.", "success")
    return _home()


@blueprint.get("/plan/home")
@member_only
def home() -> str:
    """Choose a studio and a day; with both chosen, what moving means."""
    asked = read_form(Home, request.args)
    return render_template(HOME, form=fresh_form(**_typed(asked)), **_home_context(asked))


@blueprint.post("/plan/home")
@member_only
def move() -> Response:
    """Move home."""
    member = own_member()
    asked = read_form(Moving, request.form)
    if asked.get("words") and asked.get("agree") != "yes":
        error = invalid_field("/agree", "Moving there needs your agreement.")
        return answer_form(HOME, error, **_home_context(asked))
    to = places.find(asked["location"])
    proof, now = _proof(asked.get("words", "")), clock.now()
    run_txn(
        lambda: moves.move(
            member.id, to_location_id=to.id, from_on=asked["from_on"], proof=proof, now=now
        )
    )
    flash(f"Your home studio is {to.name} from {day(asked['from_on'])} on.", "success")
    return _home()


def _changed(plan: Membership, asked: dict[str, Any]) -> Response:
    when = asked["when"]
    if when not in ("now", "renewal"):
        raise invalid_field("/when", "Choose now, or the next renewal.")
    if asked.get(f"agree_{when}") != "yes":
        raise invalid_field(f"/agree_{when}", "A change needs your agreement: tick the box.")
    what: dict[str, Any] = {
        "to_version_id": asked["to"],
        "proof": _proof(asked["words"]),
        "gateway": collecting().gateway,
        "now": clock.now(),
    }
    if when == "renewal":
        changed = changing.change_at_renewal(plan.id, **what)
        flash(f"Your plan changes on {day(changed.effective_on)}.", "success")
        return _home()
    page = changing.change_now(plan.id, **what)
    if page is None:
        flash("Your plan is changed.", "success")
        return _home()
    return redirect(page, code=303)


def _context(plan: Membership, to: UUID) -> dict[str, Any]:
    return {
        **change_view.both_ways(plan, to, on=plan_today(plan)),
        "action": url_for("changing.change"),
        "back_url": url_for("changing.plans"),
    }


def _home_context(asked: dict[str, Any]) -> dict[str, Any]:
    member, now = own_member(), clock.now()
    home = members.home_now(member.id, now)
    chosen = None
    if asked.get("location") and asked.get("from_on"):
        to = places.find(asked["location"])
        found = moves.preview(member.id, to_location_id=to.id, from_on=asked["from_on"], now=now)
        chosen = change_view.move(found)
    return {
        "home_name": home.name,
        "places": [place for place in places.open_ones() if place.id != home.id],
        "today": places.business_date(home, now),
        "chosen": chosen,
        "action": url_for("changing.move"),
        "choose_url": url_for("changing.home"),
        "back_url": "/",
    }


def _typed(asked: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in asked.items()}


def _proof(words: str) -> Proof:
    account = current_account()
    agent = request.user_agent.string
    return Proof(Actor(account.id, account.name), words, request.remote_addr or "", agent)


def _home() -> Response:
    return redirect("/", code=303)
