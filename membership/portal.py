"""A member's own pages: sessions left, the next charge, the plan, what was agreed. An edge."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from config import clock
from config.db import run_txn
from locations import places
from locations.guard import current_account, current_grants, member_only
from membership.agreements import consents, documents
from membership.credits import timeline
from membership.journey import starter_view
from membership.packs import overview
from membership.people import members
from membership.people.own import actor, own_member, today
from membership.plans import plan_overview

blueprint = Blueprint("portal", __name__)

MOST_PAGES = 500


@blueprint.get("/")
@member_only
def home() -> str | Response:
    """Sessions left, what is charged next, and the plan; staff go to where they work."""
    member = members.of_account(current_account().id)
    if member is None:
        return _elsewhere()
    on = today(member)
    plan = plan_overview.plan(member.id, on=on)
    return render_template(
        "member/home.html",
        member=member,
        packs=overview.packs(member.id, on=on),
        starter=starter_view.running(member.id, on=on),
        plan=_plan_shown(plan) if plan else None,
        conversion=_conversion_shown(plan_overview.conversion(member.id, on=on)),
        code=member.check_in_code,
        code_svg=_qr(member.check_in_code),
        money_card_url="/money-card",
        join_url="/join",
    )


@blueprint.get("/visits")
@member_only
def visits() -> str:
    """Where my sessions went."""
    wanted = request.args.get("page", default=1, type=int)
    found = timeline.of_member(own_member().id, page=min(max(wanted, 1), MOST_PAGES))
    return render_template(
        "member/visits.html",
        moments=found.moments,
        newer=url_for(".visits", page=found.number - 1) if found.number > 1 else None,
        older=url_for(".visits", page=found.number + 1) if found.more else None,
    )


@blueprint.get("/agreements")
@member_only
def agreements() -> str:
    """What I agreed to and signed, word for word."""
    member = own_member()
    return render_template(
        "member/consents.html",
        consents=[
            {
                "given_at": consent.given_at,
                "zone": places.get(consent.location_id).zone,
                "state": consent.state,
                "text": consent.text,
                "version": consent.text_version,
                "withdraw_url": url_for(".withdraw", consent_id=consent.id)
                if consent.state == "given" and consent.kind == "plan"
                else None,
            }
            for consent in consents.of_member(member.id)
        ],
        documents=[
            {
                "kind": signed.kind,
                "version": signed.version,
                "signed_at": signed.signed_at,
                "zone": places.get(signed.location_id).zone,
                "text": signed.text,
            }
            for signed in documents.of_member(member.id)
        ],
    )


@blueprint.post("/agreements/<uuid:consent_id>/withdraw")
@member_only
def withdraw(consent_id: UUID) -> Response:
    """Take back an agreement that has not led to a charge."""
    member, by, now = own_member(), actor(), clock.now()
    run_txn(lambda: consents.withdraw(consent_id, member_id=member.id, by=by, now=now))
    flash("Withdrawn. You will not be charged for a plan.")
    return redirect(url_for(".home"))


def _elsewhere() -> Response:
    """Somebody without a member's record: to their work, or to the way in."""
    roles = {grant.role for grant in current_grants()}
    if roles & {"owner", "manager", "accountant"}:
        return redirect("/manage")
    return redirect("/desk" if roles else "/join")


def _plan_shown(plan: plan_overview.PlanCard) -> dict[str, Any]:
    can_cancel = plan.last_access_on is None
    return {
        **{name: getattr(plan, name) for name in plan.__slots__},
        "ends_on": plan.last_access_on,
        "cancel_url": "/plan/cancel" if can_cancel else None,
    }


def _conversion_shown(found: plan_overview.Conversion | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        **asdict(found.charge),
        "total_cents": found.charge.total_cents,
        "withdraw_url": url_for(".withdraw", consent_id=found.consent_id),
    }


def _qr(code: str) -> Markup:
    """The code as an inline drawing; segno writes only paths, nothing a visitor typed."""
    drawing = segno.make(code, micro=False).svg_inline(scale=5, svgclass=None, lineclass=None)
    return Markup(drawing)  # noqa: S704 - made here, from a code made here
