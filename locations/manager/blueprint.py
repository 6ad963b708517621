"""Where the pages of managers hang, and which locations they may name."""

from __future__ import annotations

from flask import Blueprint

from config.errors import NotFound
from locations.models import Location

blueprint = Blueprint("manager", __name__, url_prefix="/manage")


def one_of_mine(slug: str, mine: list[Location]) -> Location:
    """The location of this short name; NotFound where it is not among mine."""
    for place in mine:
        if place.slug == slug:
            return place
    raise NotFound("location")
