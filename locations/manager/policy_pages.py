"""The rules of the land as each studio keeps them: for all staff to read, for owners to change."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config import clock
from config.audit import Actor
from config.db import transaction
from config.errors import Invalid, NotFound, Refused, invalid_field
from config.fields import BizDate, SafeStr, Slug
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, places, policy, policy_overrides
from locations.manager.blueprint import blueprint
from locations.models import Location
from locations.months_asked import one_of_mine
from locations.rules.policy_settings import RULES

PAGE = "manage/policies.html"


class Look(Input):
    """Which studio's rules, and as of when."""

    location = Slug()
    on = BizDate()


class Change(Input):
    """Another setting for a rule, from a date on; a reason where it is looser than the land."""

    location = Slug(required=True)
    rule = SafeStr(most=40, required=True)
    setting = SafeStr(most=40, required=True)
    effective_from = BizDate(required=True)
    reason = SafeStr(most=200)


@blueprint.get("/policies", endpoint="policies")
@guard.staff("see_policies", at="any")
def policies_page() -> Answer:
    """What holds at a studio on a date, where it comes from, and what was changed."""
    mine = guard.places_for("see_policies")
    asked = read_form(Look, request.args)
    if not mine:
        raise NotFound("location")
    place = one_of_mine(asked["location"], mine) if "location" in asked else mine[0]
    on = asked.get("on") or places.business_date(place, clock.now())
    return make_response(render_template(PAGE, form=fresh_form(), **_context(place, mine, on)))


@blueprint.post("/policies")
@guard.staff("edit_policies", at="group")
def change_policy() -> Answer:
    """Set a rule otherwise at one studio."""
    mine, now = guard.places_for("edit_policies"), clock.now()
    if not mine:
        raise NotFound("location")
    place, on = mine[0], places.business_date(mine[0], now)
    try:
        given = read_form(Change, request.form)
        place = one_of_mine(given["location"], mine)
        on = places.business_date(place, now)
        account = guard.current_account()
        with transaction():
            policy_overrides.set_rule(
                location_id=place.id,
                land=policy.policy_for(place.jurisdiction, max(on, given["effective_from"])),
                rule=given["rule"],
                setting=given["setting"],
                effective_from=given["effective_from"],
                reason=given.get("reason"),
                on=on,
                by=Actor(account.id, account.name),
                now=now,
            )
    except (Invalid, Refused) as error:
        return answer_form(PAGE, error, **_context(place, mine, on))
    flash("Written down.", "success")
    return redirect(address_of("manager.policies", location=place.slug), 303)


def _context(place: Location, mine: list[Location], on: date) -> dict[str, Any]:
    try:
        land = policy.policy_for(place.jurisdiction, on)
    except ValueError:
        raise invalid_field("/on", "No rules are known for that day.") from None
    here = policy.policy_at(place, on)
    may_edit = guard.reach_of("edit_policies").everywhere
    return {
        "place": place,
        "places": mine,
        "on": on,
        "policy": here,
        "rules": [
            {
                "name": name,
                "words": rule.words,
                "land": rule.written(getattr(land, name)),
                "here": rule.written(getattr(here, name)),
            }
            for name, rule in RULES.items()
        ],
        "changes": [
            {"words": RULES[row.rule].words, "row": row}
            for row in policy_overrides.of_location(place.id)
        ],
        "editable": [
            (name, rule.words) for name, rule in RULES.items() if rule.stricter != "fixed"
        ],
        "action": address_of("manager.change_policy") if may_edit else None,
    }
