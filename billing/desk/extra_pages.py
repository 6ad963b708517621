"""A session beyond the allowance: what it costs, the button, and taking it back."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from billing.desk import paying
from billing.desk.blueprint import actor, address, back, blueprint, refused
from billing.desk.paying import Paying
from billing.invoices import discount_lines
from billing.sales import desk_extras, desk_options, desk_tenders, desk_undo
from billing.tenders import till
from config.errors import NotFound, Refused
from config.fields import SafeStr
from config.inputs import read_form
from locations import guard
from membership.front_desk import desk_member
from membership.front_desk.desk_member import KEPT
from membership.visits import visit_rows, visits


class ExtraHow(Paying):
    """A press of a button; the key lets a member in once, however often it is pressed."""

    request_key = SafeStr(required=True, most=64)


@blueprint.get("/members/<uuid:member_id>/extra")
@guard.staff("sell", at="any")
def extra(member_id: UUID) -> str | Response:
    """One session beyond the allowance, with its tax, before the button."""
    seen = desk_member.seen(member_id, "sell")
    try:
        option = desk_options.extra_for(member_id, place=seen.place, on=seen.on)
    except Refused as error:
        return refused(seen, error)
    standing = visits.preview(member_id, location_id=seen.place.id, on=seen.on)
    return render_template(
        "desk/sell.html",
        seen=seen,
        title="One extra session, and check in",
        lines=discount_lines.of_amounts(option.amounts),
        amounts=option.amounts,
        currency=seen.place.currency,
        refusal=None,
        till=till.current(seen.place.id) is not None,
        card=paying.saved_card(seen) if option.offer.consent_id else None,
        fields={"request_key": standing.request_key},
        code_for=None,
        action=seen.path("extra"),
        back_url=address(seen),
    )


@blueprint.post("/members/<uuid:member_id>/extra")
@guard.staff("sell", at="any")
def extra_now(member_id: UUID) -> Response:
    """Let the member in, and charge the session by itself."""
    seen = desk_member.seen(member_id, "sell")
    given = read_form(ExtraHow, request.form, ignore=KEPT)
    key = given["request_key"]
    try:
        if given["how"] in paying.WAYS:
            taken = desk_tenders.one_session(
                member_id, request_key=key, payer=paying.payer(given, seen.place), by=actor()
            )
            flash(f"{seen.member.name} is checked in.", "success")
            flash(paying.told(taken, seen.place), "success")
            return back(seen)
        if given["how"] != "card":
            invoice_id = desk_extras.by_phone(
                member_id, place=seen.place, request_key=key, by=actor()
            )
            return paying.to_code(invoice_id)
        sold = desk_extras.by_card(member_id, place=seen.place, request_key=key, by=actor())
    except Refused as error:
        return refused(seen, error)
    flash(f"{seen.member.name} is checked in.", "success")
    return paying.back_from_card(
        seen, sold, "The card was declined: the session is owed, and tried again."
    )


@blueprint.post("/extras/<uuid:visit_id>/undo")
@guard.staff("check_in", at="any")
def undo_extra(visit_id: UUID) -> Response:
    """Take a check-in that was charged by itself back, within minutes."""
    if not guard.reach_of("check_in").covers(visit_rows.get(visit_id).location_id):
        raise NotFound("visit")
    try:
        desk_undo.undo(visit_id, by=actor())
    except Refused as error:
        flash(error.message, "error")
    else:
        flash("The check-in is taken back, and its charge with it.", "success")
    return redirect(url_for("desk.home"), 303)
