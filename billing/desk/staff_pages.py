"""What a manager may do for a member: sessions for free, and an older visit taken back."""

from __future__ import annotations

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from billing.desk.blueprint import actor, address, back, blueprint, refused
from billing.sales import desk_undo
from config import clock
from config.db import run_txn
from config.errors import Invalid, NotFound, Refused
from config.fields import Id, SafeStr, TextInt
from config.inputs import Input, read_form
from config.pages import FormState, answer_form
from locations import guard
from membership.credits import comps
from membership.front_desk import desk_card, desk_member
from membership.front_desk.desk_member import KEPT, AtDesk
from membership.rules import comps as comp_rules
from membership.visits import visit_rows

MOST_LISTED = 50


class Given(Input):
    """How many sessions for free, and why."""

    sessions = TextInt(required=True, low=1, high=comp_rules.MOST_AT_ONCE)
    reason = SafeStr(required=True, most=200)
    key = Id(required=True)


class TakenBack(Input):
    """Why an older visit is taken back."""

    reason = SafeStr(required=True, most=200)


@blueprint.get("/members/<uuid:member_id>/comp")
@guard.staff("comp", at="any")
def comp(member_id: UUID) -> str:
    """How many, and why."""
    seen = desk_member.seen(member_id, "comp")
    return render_template("desk/comp.html", **_comp_context(seen), form=FormState({}))


@blueprint.post("/members/<uuid:member_id>/comp")
@guard.staff("comp", at="any")
def comp_now(member_id: UUID) -> Response:
    """Give them."""
    seen = desk_member.seen(member_id, "comp")
    by, now = actor(), clock.now()
    try:
        given = read_form(Given, request.form, ignore=KEPT)
        run_txn(
            lambda: comps.give(
                member_id,
                location_id=seen.place.id,
                sessions=given["sessions"],
                reason=given["reason"],
                most=_most(),
                by=by,
                on=seen.on,
                key=given["key"],
                now=now,
            )
        )
    except (Invalid, Refused) as error:
        return answer_form("desk/comp.html", error, **_comp_context(seen))
    flash("Given for free.", "success")
    return back(seen)


@blueprint.get("/members/<uuid:member_id>/visits")
@guard.staff("undo_later", at="any")
def past(member_id: UUID) -> str:
    """The latest visits, each of which may be taken back with a reason."""
    seen = desk_member.seen(member_id, "undo_later")
    return render_template("desk/visits.html", **_past_context(seen), form=FormState({}))


@blueprint.post("/members/<uuid:member_id>/visits/<uuid:visit_id>/undo")
@guard.staff("undo_later", at="any")
def undo_later(member_id: UUID, visit_id: UUID) -> Response:
    """Take one back; its session is there again, or its charge is credited."""
    seen = desk_member.seen(member_id, "undo_later")
    visit = visit_rows.get(visit_id)
    here = guard.reach_of("undo_later").covers(visit.location_id)
    if visit.member_id != member_id or not here:
        raise NotFound("visit")
    try:
        reason = read_form(TakenBack, request.form, ignore=KEPT)["reason"]
        desk_undo.undo_later(visit_id, reason=reason, by=actor())
    except Invalid as error:
        return answer_form("desk/visits.html", error, **_past_context(seen))
    except Refused as error:
        return refused(seen, error)
    flash("The visit is taken back.", "success")
    return back(seen, "visits")


def _most() -> int | None:
    """The limit of whoever is signed in."""
    return comp_rules.most_by(grant.role for grant in guard.current_grants())


def _comp_context(seen: AtDesk) -> dict[str, object]:
    return {
        "seen": seen,
        "most": _most(),
        "given": comps.given_lately(seen.member.member_id, on=seen.on),
        "days": comp_rules.DAYS,
        "valid_days": comp_rules.VALID_DAYS,
        "action": seen.path("comp"),
        "back_url": address(seen),
    }


def _past_context(seen: AtDesk) -> dict[str, object]:
    return {
        "seen": seen,
        "visits": desk_card.latest_visits(seen.member.member_id, limit=MOST_LISTED),
        "action": lambda visit_id: seen.path("visits", str(visit_id), "undo"),
        "back_url": address(seen),
    }
