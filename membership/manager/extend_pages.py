"""A manager gives a pack some more days: first what that would do, then the button."""

from __future__ import annotations

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response as Answer

from config import clock
from config.db import run_txn
from config.errors import Invalid, NotFound, Refused
from config.fields import Id, SafeStr, TextInt
from config.formats import day
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, places
from membership.front_desk import desk_member
from membership.front_desk.desk_member import AtDesk
from membership.manager.blueprint import actor, back, blueprint, page
from membership.models import MemberPack
from membership.packs import pack_list, pack_rows, windows
from membership.rules.windows import MOST_DAYS_MORE

FORM = "desk/extend.html"


class MoreDays(Input):
    """Which pack gets how many days more, and why."""

    pack_id = Id(required=True)
    days = TextInt(low=1, high=MOST_DAYS_MORE, required=True)
    reason = SafeStr(most=200, least=3, required=True)
    sure = SafeStr(most=3)


@blueprint.get("/extend")
@guard.staff("extend_window", at="any")
def extend(member_id: UUID) -> str:
    """The member's packs, and how many days more."""
    at = desk_member.seen(member_id, "extend_window")
    return render_template(FORM, form=fresh_form(), planned=None, **_shown(at))


@blueprint.post("/extend")
@guard.staff("extend_window", at="any")
def extend_now(member_id: UUID) -> Answer | str:
    """Show what it would do; sent again with the button of that page, do it."""
    at = desk_member.seen(member_id, "extend_window")
    try:
        given = read_form(MoreDays, request.form, ignore=desk_member.KEPT)
        pack = _pack(at, given["pack_id"])
        if "sure" not in given:
            return _preview(at, pack, given["days"])
        by, now = actor(), clock.now()
        extended = run_txn(
            lambda: windows.extend(
                pack.id, days=given["days"], reason=given["reason"], by=by, now=now
            )
        )
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, planned=None, **_shown(at))
    end = windows.end_of(extended)
    flash(f"Extended: it can be used before {day(end)}." if end else "Extended.", "success")
    return back(at)


def _preview(at: AtDesk, pack: MemberPack, days: int) -> str:
    on = places.business_date(places.get(pack.sold_at), clock.now())
    planned = windows.preview(pack, days=days, on=on)
    form = fresh_form(**request.form.to_dict())
    return render_template(FORM, form=form, planned=planned, **_shown(at), currency=pack.currency)


def _pack(at: AtDesk, pack_id: UUID) -> MemberPack:
    """A pack of this member, sold where whoever is signed in may extend; else NotFound."""
    listed = {line.id for line in _lines(at)}
    if pack_id not in listed:
        raise NotFound("pack")
    return pack_rows.get(pack_id)


def _lines(at: AtDesk) -> list[pack_list.PackLine]:
    mine = [place.id for place in guard.places_for("extend_window")]
    return pack_list.of_member(at.member.member_id, sold_at=mine)


def _shown(at: AtDesk) -> dict[str, object]:
    open_ones = [one for one in _lines(at) if one.state in ("unopened", "open", "expired")]
    return page(at, "member_acts.extend_now", packs=open_ones, most_days=MOST_DAYS_MORE)
