"""Beginning the agreed plan now instead of waiting for its day: the money first, then the card."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response as Answer

from billing.account.blueprint import blueprint
from billing.payments.collect import collecting
from billing.sales import checkout, early_start
from billing.sales.early_start import EarlyStart
from config import clock
from config.errors import Refused
from config.pages import answer_form, fresh_form
from locations.guard import member_only
from membership.people.own import own_member

FORM = "member/start_now.html"


@blueprint.get("/plan/start-now")
@member_only
def start_now() -> str:
    """What the first period costs today, and when it would begin by itself."""
    found = early_start.offered(own_member().id, now=clock.now())
    return render_template(FORM, form=fresh_form(), **_shown(found))


@blueprint.post("/plan/start-now")
@member_only
def begin() -> Answer:
    """On to the card page; unpaid, everything stays as it was agreed."""
    member, now = own_member(), clock.now()
    found = early_start.offered(member.id, now=now)
    try:
        page = checkout.sell_plan(
            member_id=member.id,
            plan_version_id=found.consent.plan_version_id,
            location_id=found.consent.location_id,
            consent_id=found.consent.id,
            gateway=collecting().gateway,
            now=now,
        )
    except Refused as error:
        return answer_form(FORM, error, **_shown(found))
    return redirect(page, 303)


def _shown(found: EarlyStart) -> dict[str, object]:
    return {"early": found, "action": url_for(".begin"), "back_url": "/"}
