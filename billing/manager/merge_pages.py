"""Two records of one person become one: who the other is, what moves, then the button."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from billing import merging
from billing.manager.blueprint import actor, blueprint
from billing.payments.collect import collecting
from billing.sales import checkout
from config import clock
from config.db import run_txn
from config.errors import Invalid, Refused, invalid_field
from config.fields import SafeStr
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard
from membership.front_desk import desk_member
from membership.front_desk.desk_member import AtDesk
from membership.people import member_search
from membership.people import merging as records
from membership.people.member_search import Found

FORM = "desk/merge.html"


class Other(Input):
    """The other record, by its whole e-mail, phone or code, and why the two are one person."""

    other = SafeStr(most=120, least=3, required=True)
    reason = SafeStr(most=200, least=3, required=True)
    sure = SafeStr(most=3)


@blueprint.get("/desk/members/<uuid:member_id>/merge")
@guard.staff("merge_persons", at="any")
def merge(member_id: UUID) -> str:
    """Which record is the same person's."""
    at = desk_member.seen(member_id, "merge_persons")
    return render_template(FORM, form=fresh_form(), planned=None, **_shown(at))


@blueprint.post("/desk/members/<uuid:member_id>/merge")
@guard.staff("merge_persons", at="any")
def merge_now(member_id: UUID) -> Answer | str:
    """Show what moves; sent again with the button of that page, move it."""
    at = desk_member.seen(member_id, "merge_persons")
    try:
        given = read_form(Other, request.form, ignore=desk_member.KEPT)
        kept_id, other_id = at.member.member_id, _other(at, given["other"]).member_id
        merging.refuse_unpaid(other_id)
        planned = records.preview(kept_id=kept_id, merged_id=other_id, on=at.on)
        if "sure" not in given:
            form = fresh_form(**request.form.to_dict())
            return render_template(FORM, form=form, planned=planned, **_shown(at))
        _merge(kept_id, other_id, given["reason"])
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, planned=None, **_shown(at))
    flash("The two records are one now.", "success")
    return redirect(_card_url(at), 303)


def _merge(kept_id: UUID, other_id: UUID, reason: str) -> None:
    """No page of the record that goes stays payable; then all at once."""
    by, now = actor(), clock.now()
    checkout.close_tills(other_id, gateway=collecting().gateway, now=now)
    run_txn(
        lambda: merging.merge(kept_id=kept_id, merged_id=other_id, reason=reason, by=by, now=now)
    )


def _other(at: AtDesk, key: str) -> Found:
    """Whoever else this key names, at home where whoever is signed in may merge."""
    mine = [place.id for place in guard.places_for("merge_persons")]
    found = member_search.named(
        key, location_ids=mine, jurisdiction=at.place.jurisdiction, on=at.on
    )
    others = [one for one in found if one.member_id != at.member.member_id]
    if len(others) != 1:
        raise invalid_field("/other", "This names no other member of your studios.")
    return others[0]


def _shown(at: AtDesk) -> dict[str, Any]:
    return {
        "member": at.member,
        "kept": at.kept,
        "action": url_for(".merge_now", member_id=at.member.member_id),
        "back_url": _card_url(at),
    }


def _card_url(at: AtDesk) -> str:
    return f"{at.path()}?{urlencode(at.kept)}"
