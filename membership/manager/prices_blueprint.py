"""Where the pages about prices live, and what they have in common."""

from __future__ import annotations

from flask import Blueprint

from config.audit import Actor
from config.errors import NotFound
from locations import guard
from locations.models import Location

blueprint = Blueprint("prices", __name__, url_prefix="/manage")


def actor() -> Actor:
    """Whoever is signed in, for the journal."""
    account = guard.current_account()
    return Actor(account.id, account.name)


def one_of_mine(slug: str, mine: list[Location]) -> Location:
    """The location of this short name; NotFound where it is not among mine."""
    for place in mine:
        if place.slug == slug:
            return place
    raise NotFound("location")
