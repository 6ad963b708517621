"""The desk writes down that a member has had enough for now: the intensive phase ends today."""

from __future__ import annotations

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response as Answer

from config import clock
from config.db import run_txn
from config.errors import Refused
from config.fields import Id
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, places
from membership.front_desk import desk_member
from membership.front_desk.desk_member import AtDesk
from membership.manager.blueprint import actor, back, blueprint, page
from membership.packs import pack_list, windows

FORM = "desk/done.html"


class Done(Input):
    """Which starter is done with."""

    pack_id = Id(required=True)


@blueprint.get("/done")
@guard.staff("check_in", at="any")
def done(member_id: UUID) -> str:
    """What ends, and what stays."""
    at = desk_member.seen(member_id, "check_in")
    return render_template(FORM, form=fresh_form(), **_shown(at))


@blueprint.post("/done")
@guard.staff("check_in", at="any")
def done_now(member_id: UUID) -> Answer:
    """End the phase."""
    at = desk_member.seen(member_id, "check_in")
    given = read_form(Done, request.form, ignore=desk_member.KEPT)
    by, now, own_id = actor(), clock.now(), at.member.member_id
    try:
        run_txn(lambda: windows.done(given["pack_id"], member_id=own_id, by=by, now=now))
    except Refused as error:
        return answer_form(FORM, error, **_shown(at))
    flash("Written down: the intensive phase ends today.", "success")
    return back(at)


def _shown(at: AtDesk) -> dict[str, object]:
    sold_at = [place.id for place in places.all_ones()]
    running = [
        one
        for one in pack_list.of_member(at.member.member_id, sold_at=sold_at)
        if one.kind == "starter"
        and one.state != "cancelled"
        and one.phase_end is not None
        and at.on < one.phase_end
    ]
    return page(at, "member_acts.done_now", packs=running)
