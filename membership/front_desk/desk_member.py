"""A member as a desk has them in front of it: who, at which studio, found how. For edges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import request

from config import clock
from config.errors import NotFound
from config.fields import SafeStr, Slug
from config.inputs import Input, read_form
from locations import guard, places
from locations.models import Location
from membership.people import member_search
from membership.people.member_search import Found

KEPT = ("location", "q")  # fields of the place, beside those of an act's own form


class _Asked(Input):
    """Which studio's desk it is; `q` is how a guest was found: a whole e-mail, phone or code."""

    location = Slug()
    q = SafeStr(most=120)


@dataclass(frozen=True, slots=True)
class AtDesk:
    """A member who may be seen from this studio on its date, and how they were found."""

    place: Location
    member: Found
    q: str
    on: date

    @property
    def kept(self) -> dict[str, str]:
        """What every address and form of this member's pages carries along."""
        return {"location": self.place.slug} | ({"q": self.q} if self.q else {})

    def path(self, *more: str) -> str:
        """The address of the member's card, or of a page below it, without its query."""
        return "/".join(["/desk/members", str(self.member.member_id), *more])


def seen(member_id: UUID, act: str) -> AtDesk:
    """The member, where whoever is signed in may do `act`; NotFound like one who is not there.

    Reads `location` and `q` from the address or the form. Without a location it is the
    member's own studio, where that is one of theirs, else their first.
    """
    asked = _asked()
    mine = guard.places_for(act)
    if not mine:
        raise NotFound("member")
    named = [place for place in mine if place.slug == asked.get("location")]
    if "location" in asked and not named:
        raise NotFound("location")
    place, now = (named or mine)[0], clock.now()
    on = places.business_date(place, now)
    found = member_search.seen_from(
        member_id,
        key=asked.get("q", ""),
        location_ids=[place.id] if named else [one.id for one in mine],
        jurisdiction=place.jurisdiction,
        on=on,
    )
    if not named:
        place = next((one for one in mine if one.id == found.home_id), place)
        on = places.business_date(place, now)
    return AtDesk(place, found, asked.get("q", ""), on)


def _asked() -> dict[str, Any]:
    given = request.form if request.method == "POST" else request.args
    others = tuple(name for name in given if name not in KEPT)
    return read_form(_Asked, given, ignore=others)
