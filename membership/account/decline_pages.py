"""The link in the letter before a first charge: no plan, in one click and without signing in."""

from __future__ import annotations

from contextlib import suppress

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response as Answer

from config import clock
from config.audit import Actor
from config.db import run_txn
from config.errors import Refused
from config.links import opened
from locations.guard import public
from membership.account.blueprint import blueprint
from membership.journey import declines
from membership.notices.notices import DECLINE

_BY_MAIL = Actor(None, "member, by the link in their mail")


@blueprint.get("/plan/decline/<seal>")
@public
def decline(seal: str) -> str:
    """What the one click does; looking decides nothing."""
    told = declines.told(opened(DECLINE, seal))
    return render_template("member/decline.html", told=told, action=url_for(".no_plan", seal=seal))


@blueprint.post("/plan/decline/<seal>")
@public
def no_plan(seal: str) -> Answer:
    """The one click: the agreement is taken back. Again, or too late, changes nothing."""
    member_pack_id, now = opened(DECLINE, seal), clock.now()
    with suppress(Refused):  # the plan has begun meanwhile: the page says so
        run_txn(lambda: declines.decline(member_pack_id, by=_BY_MAIL, now=now))
    return redirect(url_for(".decline", seal=seal), 303)
