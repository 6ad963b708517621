"""The member says that they have had enough for now."""

from __future__ import annotations

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response as Answer

from config import clock
from config.db import run_txn
from config.errors import Refused
from locations.guard import member_only
from membership.account.blueprint import blueprint
from membership.journey import starter_view
from membership.packs import windows
from membership.people.own import actor, own_member, today
from membership.rules import pack_status


@blueprint.post("/starter/done")
@member_only
def done() -> Answer:
    """End the intensive phase today; what is left stays."""
    member = own_member()
    found = starter_view.running(member.id, on=today(member))
    if found is None:
        raise Refused("phase_over", pack_status.REFUSALS["phase_over"])
    by, now = actor(), clock.now()
    run_txn(lambda: windows.done(found.pack_id, member_id=member.id, by=by, now=now))
    flash("Good. Your sessions stay as they are; nothing is charged earlier for it.", "success")
    return redirect(url_for("portal.home"), 303)
