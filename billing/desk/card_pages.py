"""The member's card at the desk: the light, what is held and used first, what more would cost."""

from __future__ import annotations

from uuid import UUID

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response

from billing.desk.blueprint import actor, address, back, blueprint
from billing.invoices import statements
from billing.recovery import why_unpaid
from billing.sales import desk_options
from billing.tenders import tenders
from config import clock
from config.db import run_txn
from config.errors import Invalid
from config.fields import LongText
from config.inputs import Input, read_form
from config.pages import FormState, answer_form
from locations import guard, places
from locations.rules.permissions import allows
from membership.front_desk import desk_card, desk_member
from membership.front_desk.desk_actions import ACTIONS
from membership.front_desk.desk_member import KEPT, AtDesk
from membership.people import member_notes


class Noted(Input):
    """The note, which may be empty: then it is taken away."""

    text = LongText(most=member_notes.MOST)


@blueprint.get("/members/<uuid:member_id>")
@guard.staff("see_members", at="any")
def card(member_id: UUID) -> str:
    """Everything a desk needs of one member, on one page."""
    seen = desk_member.seen(member_id, "see_members")
    return render_template("desk/member.html", **_context(seen), form=FormState({}))


@blueprint.post("/members/<uuid:member_id>/note")
@guard.staff("note_member", at="any")
def note(member_id: UUID) -> Response:
    """Write the one free note anew."""
    seen = desk_member.seen(member_id, "note_member")
    by, now = actor(), clock.now()
    try:
        text = read_form(Noted, request.form, ignore=KEPT).get("text", "")
        run_txn(
            lambda: member_notes.keep(
                member_id, text=text, location_id=seen.place.id, by=by, now=now
            )
        )
    except Invalid as error:
        return answer_form("desk/member.html", error, **_context(seen))
    flash("The note is kept.", "success")
    return back(seen)


def _context(seen: AtDesk) -> dict[str, object]:
    found = desk_card.card(seen.member, place=seen.place, on=seen.on)
    owed = statements.oldest_open(seen.member.member_id)
    taken_here = owed is not None and tenders.is_owed_at(owed.id, seen.place.id)
    return {
        "seen": seen,
        "place": seen.place,
        "card": found,
        "options": desk_options.of_member(
            seen.member.member_id, found.standing, place=seen.place, on=seen.on, now=clock.now()
        ),
        "owed": owed,
        "take_url": url_for(".take", invoice_id=owed.id) if owed and taken_here else None,
        "why": why_unpaid.of_members([seen.member.member_id]).get(seen.member.member_id),
        "home": places.get(seen.member.home_id).name,
        "zone": seen.place.zone,
        "actions": [
            (action.label, address(seen, action.path))
            for action in ACTIONS
            if allows(guard.current_grants(), action.act, location_id=seen.place.id)
        ],
        "warning": member_notes.WARNING,
        "most_note": member_notes.MOST,
        "may_note": allows(guard.current_grants(), "note_member", location_id=seen.place.id),
        "may_sell": allows(guard.current_grants(), "sell", location_id=seen.place.id),
        "address": lambda *more, **query: address(seen, *more, **query),
    }
