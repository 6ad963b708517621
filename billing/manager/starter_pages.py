"""Starters that a manager should know of: leave for one more, and cards seen before."""

from __future__ import annotations

from datetime import date

from flask import Response, render_template, url_for

from billing.cards import same_cards
from billing.cards.same_cards import SameCard
from billing.manager.blueprint import blueprint
from config import downloads
from locations import guard
from locations.sheets import sheet
from membership.journey import starters
from membership.journey.starters import Leave

ELSEWHERE = "a guest of another studio"


@blueprint.get("/manage/starters")
@guard.staff("override_starter", at="any")
def starter_report() -> str:
    """Who began once more on somebody's leave, and which cards began twice."""
    leaves, cards = _found()
    return render_template(
        "manage/starters.html",
        leaves=leaves,
        cards=[(one, _earlier_name(one)) for one in cards],
        csv_url=url_for(".starter_csv"),
    )


@blueprint.get("/manage/starters.csv")
@guard.staff("override_starter", at="any")
def starter_csv() -> Response:
    """The same for a spreadsheet."""
    leaves, cards = _found()
    head = ("what", "date", "location", "member", "by", "reason", "used_on", "earlier")
    given = [
        ("leave", str(one.on), one.place_name, one.name, one.by, one.reason, _day(one.used_on), "")
        for one in leaves
    ]
    twice = [
        ("same_card", str(one.on), one.place_name, one.name, "", "", str(one.on), _earlier(one))
        for one in cards
    ]
    rows = [*given, *twice]
    return downloads.spreadsheet(sheet(head, rows), name="starters.csv")


def _found() -> tuple[list[Leave], list[SameCard]]:
    mine = [place.id for place in guard.places_for("override_starter")]
    return starters.leaves(mine), same_cards.starters(mine)


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""


def _earlier(one: SameCard) -> str:
    return f"{one.earlier_on} {one.earlier_place_name} {_earlier_name(one)}"


def _earlier_name(one: SameCard) -> str:
    """The other person's name, where whoever looks may know it."""
    mine = {place.id for place in guard.places_for("override_starter")}
    return one.earlier_name if one.earlier_location_id in mine else ELSEWHERE
