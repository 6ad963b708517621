"""How a session felt: the consent, the notes, their end, and the policy that anybody may read.

Notes travel in the body of a form alone, never in an address, and come back on this page alone.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from config import clock
from config.db import run_txn
from config.errors import Invalid, Refused
from config.fields import SafeStr, TextInt
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations.guard import member_only, public
from membership.account.blueprint import blueprint
from membership.journey import conversions
from membership.models import Member
from membership.people import gauge
from membership.people.own import own_member, today
from membership.rules import gauge as rules

FORM = "member/gauge.html"


class Agree(Input):
    """The box, ticked, under the text of this version."""

    agree = SafeStr(most=3, required=True)
    version = SafeStr(most=20, required=True)


class Note(Input):
    """How it felt."""

    score = TextInt(low=rules.LOWEST, high=rules.HIGHEST, required=True)


@blueprint.get("/gauge")
@member_only
def notes() -> str:
    """The latest sessions with their notes, or the consent that comes before the first."""
    return render_template(FORM, form=fresh_form(), **_shown(own_member()))


@blueprint.post("/gauge/agree")
@member_only
def agree() -> Answer:
    """Agree to keeping notes."""
    member, now, current = own_member(), clock.now(), _wording()
    address, agent = request.remote_addr or "unknown", request.user_agent.string
    try:
        given = read_form(Agree, request.form)
        shown = rules.Wording(current.text, given["version"])
        run_txn(
            lambda: gauge.agree(
                member.id, shown=shown, current=current, now=now, address=address, agent=agent
            )
        )
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, **_shown(member))
    return redirect(url_for(".notes"), 303)


@blueprint.post("/gauge/sessions/<uuid:visit_id>")
@member_only
def note(visit_id: UUID) -> Answer:
    """Note how one session felt."""
    member, now = own_member(), clock.now()
    gauge.require_own(visit_id, member_id=member.id)
    try:
        score = read_form(Note, request.form)["score"]
        run_txn(lambda: gauge.note(visit_id, member_id=member.id, score=score, now=now))
    except (Invalid, Refused) as error:
        return answer_form(FORM, error, **_shown(member))
    flash("Noted.", "success")
    return redirect(url_for(".notes"), 303)


@blueprint.post("/gauge/erase")
@member_only
def erase() -> Answer:
    """Erase every note."""
    member = own_member()
    run_txn(lambda: gauge.erase(member.id))
    flash("Your notes are erased.", "success")
    return redirect(url_for(".notes"), 303)


@blueprint.post("/gauge/withdraw")
@member_only
def withdraw() -> Answer:
    """Take the consent back, and every note with it."""
    member, now = own_member(), clock.now()
    run_txn(lambda: gauge.withdraw(member.id, now=now))
    flash("Withdrawn, and your notes are erased.", "success")
    return redirect(url_for(".notes"), 303)


@blueprint.get("/health-data")
@public
def health_policy() -> str:
    """The policy on health data, for anybody to read."""
    return render_template("member/gauge_policy.html", parts=rules.POLICY, version=rules.VERSION)


def _shown(member: Member) -> dict[str, Any]:
    consent = gauge.consent_of(member.id)
    if consent is None:
        return {"consent": None, "wording": _wording(), "sessions": [], "offer": None}
    on = today(member)
    phase = conversions.phase(member.id, on=on)
    return {
        "consent": consent,
        "wording": None,
        "sessions": gauge.sessions(member.id),
        "offer": gauge.offered(member.id, phase=phase, on=on),
        "scale": range(rules.LOWEST, rules.HIGHEST + 1),
    }


def _wording() -> rules.Wording:
    return rules.wording(current_app.config["GROUP_NAME"])
