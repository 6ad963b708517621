"""Where these pages live, and whose they are."""

from __future__ import annotations

from datetime import date

from flask import Blueprint

from config import clock
from config.audit import Actor
from config.errors import NotFound
from locations import places
from locations.guard import current_account
from membership import members
from membership.models import Member

blueprint = Blueprint("own", __name__)


def own_member() -> Member:
    """Whoever is signed in, as a member; NotFound for somebody who is none."""
    member = members.of_account(current_account().id)
    if member is None:
        raise NotFound
    return member


def today(member: Member) -> date:
    """The date on the wall of the member's home location."""
    now = clock.now()
    home_id = members.home_at(member.id, now.date())
    return places.business_date(places.get(home_id), now)


def actor() -> Actor:
    """The member themselves, for the journal."""
    account = current_account()
    return Actor(account.id, account.name)
