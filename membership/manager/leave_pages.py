"""A manager gives a person leave for one more starter, with the reason."""

from __future__ import annotations

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response as Answer

from config import clock
from config.db import run_txn
from config.errors import Invalid, Refused
from config.fields import SafeStr
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard
from membership.front_desk import desk_member
from membership.journey import starters
from membership.manager.blueprint import actor, back, blueprint, page

FORM = "desk/leave.html"


class Leave(Input):
    """Why this person may begin once more."""

    reason = SafeStr(most=200, least=3, required=True)


@blueprint.get("/starter-again")
@guard.staff("override_starter", at="any")
def leave(member_id: UUID) -> str:
    """What the leave is, and for which studio."""
    at = desk_member.seen(member_id, "override_starter")
    return render_template(FORM, form=fresh_form(), **page(at, "member_acts.give_leave"))


@blueprint.post("/starter-again")
@guard.staff("override_starter", at="any")
def give_leave(member_id: UUID) -> Answer:
    """Give it."""
    at = desk_member.seen(member_id, "override_starter")
    by, now = actor(), clock.now()
    try:
        given = read_form(Leave, request.form, ignore=desk_member.KEPT)
        run_txn(
            lambda: starters.allow_again(
                at.member.member_id,
                location_id=at.place.id,
                reason=given["reason"],
                by=by,
                now=now,
            )
        )
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, **page(at, "member_acts.give_leave"))
    flash(f"{at.member.name} may buy one more starter at {at.place.name}.", "success")
    return back(at)
