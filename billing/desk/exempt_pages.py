"""A member's tax certificates at the desk: what there is, one more, one taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from billing.desk.blueprint import actor, address, back, blueprint
from config import clock
from config.db import run_txn
from config.errors import Invalid, Refused
from config.fields import BizDate, Id, SafeStr
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard
from membership.front_desk import desk_member
from membership.front_desk.desk_member import KEPT, AtDesk
from membership.people import exemptions

ACT, FORM = "exempt_tax", "desk/exempt.html"


class Given(Input):
    """A certificate with its ground and its days."""

    certificate = SafeStr(required=True, most=exemptions.MOST_CERTIFICATE)
    ground = SafeStr(required=True, most=120)
    valid_from = BizDate(required=True)
    valid_until = BizDate()


class Which(Input):
    """One of theirs."""

    exemption = Id(required=True)


@blueprint.get("/members/<uuid:member_id>/exempt")
@guard.staff(ACT, at="any")
def exempt(member_id: UUID) -> str:
    """What there is, and the form."""
    seen = desk_member.seen(member_id, ACT)
    form = fresh_form(valid_from=seen.on.isoformat())
    return render_template(FORM, form=form, **_context(seen))


@blueprint.post("/members/<uuid:member_id>/exempt")
@guard.staff(ACT, at="any")
def exempt_now(member_id: UUID) -> Response:
    """Write one down."""
    seen = desk_member.seen(member_id, ACT)
    by, now = actor(), clock.now()
    try:
        given = read_form(Given, request.form, ignore=KEPT)
        run_txn(
            lambda: exemptions.record(
                member_id,
                place=seen.place,
                certificate=given["certificate"],
                ground=given["ground"],
                valid_from=given["valid_from"],
                valid_until=given.get("valid_until"),
                by=by,
                now=now,
            )
        )
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, **_context(seen))
    flash("The certificate is written down: no tax while it holds.", "success")
    return back(seen)


@blueprint.post("/members/<uuid:member_id>/exempt/end")
@guard.staff(ACT, at="any")
def end_exemption(member_id: UUID) -> Response:
    """Taxed again from now on."""
    seen = desk_member.seen(member_id, ACT)
    exemption_id = read_form(Which, request.form, ignore=KEPT)["exemption"]
    by, now = actor(), clock.now()
    run_txn(lambda: exemptions.revoke(exemption_id, member_id=member_id, by=by, now=now))
    flash("The certificate is taken back: taxed again from now on.", "success")
    return back(seen)


def _context(seen: AtDesk) -> dict[str, Any]:
    return {
        "seen": seen,
        "found": exemptions.of_member(seen.member.member_id, location_id=seen.place.id),
        "action": seen.path("exempt"),
        "end_url": seen.path("exempt", "end"),
        "back_url": address(seen),
    }
