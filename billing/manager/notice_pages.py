"""What waits for a person: letters that came back, medical holds asked for; and letters' proof."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from billing.manager.blueprint import actor, blueprint
from config import clock
from config.db import run_txn
from config.errors import Refused
from config.fields import Id
from config.inputs import Input, read_form
from locations import guard
from membership.holds import medical_holds
from membership.notices import notice_list

ACT, GRANT = "unpark", "grant_medical"
MOST = 200


class Again(Input):
    """Which letter."""

    notice_id = Id(required=True)


@blueprint.get("/manage/notices")
@guard.staff(ACT, at="any")
def notices() -> str:
    """Letters about money, those that failed first, and requests that wait for a manager."""
    now = clock.now()
    mine = [place.id for place in guard.places_for(ACT)]
    granting = [place.id for place in guard.places_for(GRANT)]
    return render_template(
        "manage/notices.html",
        failed=notice_list.came_back(mine, now=now),
        told=notice_list.on_their_way(mine, now=now, limit=MOST),
        requests=medical_holds.waiting(granting),
        again_url=url_for(".notice_again"),
    )


@blueprint.post("/manage/notices/again")
@guard.staff(ACT, at="any")
def notice_again() -> Answer:
    """Write a letter that came back once more, with a later date."""
    notice_id = read_form(Again, request.form)["notice_id"]
    guard.require(ACT, notice_list.location_of(notice_id))
    by, now = actor(), clock.now()
    try:
        run_txn(lambda: notice_list.repeat(notice_id, by=by, now=now))
    except Refused as refused:
        flash(refused.message, "error")
    else:
        flash("It is written again today, with a date that leaves the full notice.", "success")
    return redirect(url_for(".notices"), 303)
