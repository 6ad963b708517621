"""One more session while the intensive phase goes on: what it costs, then the card page."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response as Answer

from billing.account.blueprint import blueprint
from billing.payments.collect import collecting
from billing.sales import checkout, extensions
from billing.sales.extensions import Offered
from config import clock
from config.errors import Refused
from config.pages import answer_form, fresh_form
from locations import places
from locations.guard import member_only
from membership.models import Member
from membership.people import members
from membership.people.own import own_member
from membership.rules import pack_status

FORM = "member/extension.html"


@blueprint.get("/extension")
@member_only
def extension() -> str:
    """What one more session costs with its tax, and until when it is valid."""
    return render_template(FORM, form=fresh_form(), **_shown(_offered(own_member())))


@blueprint.post("/extension")
@member_only
def buy_extension() -> Answer:
    """On to the card page."""
    member = own_member()
    found = _offered(member)
    try:
        if found is None:
            raise Refused("phase_over", pack_status.REFUSALS["phase_over"])
        page = checkout.sell_pack(
            member_id=member.id,
            pack_version_id=found.terms.pack_version_id,
            location_id=found.location.id,
            gateway=collecting().gateway,
            now=clock.now(),
        )
    except Refused as error:
        return answer_form(FORM, error, **_shown(found))
    return redirect(page, 303)


def _shown(found: Offered | None) -> dict[str, object]:
    return {"offer": found, "action": url_for(".buy_extension"), "back_url": "/"}


def _offered(member: Member) -> Offered | None:
    now = clock.now()
    home = members.home_now(member.id, now)
    return extensions.offered(member.id, on=places.business_date(home, now), now=now)
