"""Who works where: a list, the desk to give, and roles to take away."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config import clock
from config.audit import Actor
from config.db import transaction
from config.errors import Invalid, NotFound, Refused, invalid_field
from config.fields import Email, Slug
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, people, places
from locations.manager.blueprint import blueprint
from locations.months_asked import one_of_mine
from locations.rules.permissions import act_to_grant

_OF_THE_WHOLE_GROUP = "All"


class DeskGrant(Input):
    """Somebody gets the desk role at a location."""

    email = Email(required=True)
    location = Slug(required=True)


@blueprint.get("/staff", endpoint="staff")
@guard.staff("see_staff", at="any")
def staff_page() -> str:
    """Who holds which role at the locations of whoever looks."""
    return render_template("manage/staff.html", form=fresh_form(), **_staff_context())


@blueprint.post("/staff")
@guard.staff("staff_desk", at="any")
def give_desk() -> Answer:
    """Give somebody who has an account the desk of a location."""
    try:
        given = read_form(DeskGrant, request.form)
        with transaction():
            account = people.find_by_email(given["email"])
            if account is None:
                raise invalid_field("/email", "Nobody has an account with this address.")
            place = one_of_mine(given["location"], guard.places_for("staff_desk"))
            people.grant_role(
                account.id, role="desk", location_id=place.id, by=_actor(), now=clock.now()
            )
    except (Invalid, Refused) as error:
        return answer_form("manage/staff.html", error, **_staff_context())
    return redirect(address_of("manager.staff"))


@blueprint.post("/staff/<uuid:role_id>/revoke")
@guard.staff("staff_desk", at="any")
def take_role(role_id: UUID) -> Answer:
    """Take a role away."""
    with transaction():
        role = people.held_role(role_id)
        if not guard.reach_of(act_to_grant(role.role)).covers(role.location_id):
            raise NotFound("role")
        people.revoke_role(
            role.account_id,
            role=role.role,
            location_id=role.location_id,
            by=_actor(),
            now=clock.now(),
        )
    return redirect(address_of("manager.staff"))


def _staff_context() -> dict[str, object]:
    seen = guard.reach_of("see_staff")
    names = {place.id: place.name for place in places.all_ones()}
    rows = []
    for role, account in people.staff():
        if not seen.covers(role.location_id):
            continue
        may_take = guard.reach_of(act_to_grant(role.role)).covers(role.location_id)
        where = names[role.location_id] if role.location_id else _OF_THE_WHOLE_GROUP
        revoke = address_of("manager.take_role", role_id=role.id) if may_take else ""
        rows.append((account.name, account.email, role.role, where, revoke))
    return {
        "staff": rows,
        "places": guard.places_for("staff_desk"),
        "action": address_of("manager.staff"),
    }


def _actor() -> Actor:
    account = guard.current_account()
    return Actor(account.id, account.name)
