"""What nobody claimed for years: paid to the state and written down, or taken back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config import clock
from config.db import transaction
from config.errors import Invalid, Refused
from config.fields import BizDate, SafeStr, Slug
from config.inputs import Input, read_form
from config.pages import answer_form, fresh_form
from locations import guard, places, turnovers, unclaimed
from locations.amounts import typed_cents
from locations.models import Location
from locations.months_asked import one_of_mine
from membership.credits import turnovers as service
from membership.manager.prices_blueprint import actor, blueprint

PAGE, ACT = "manage/turn_over.html", "turn_over"


class Paid(Input):
    """All that was dormant at a studio on a day: how much left the bank, and its word for it."""

    location = Slug(required=True)
    amount = SafeStr(most=14, required=True)
    on = BizDate(required=True)
    reference = SafeStr(most=60, required=True)


class TakenBack(Input):
    """Which act was a mistake, and why."""

    location = Slug(required=True)
    reference = SafeStr(most=60, required=True)
    reason = SafeStr(most=200, required=True)


@blueprint.get("/turn-over")
@guard.staff(ACT, at="any")
def turn_over() -> str:
    """What is to be turned over today, what was, and a form for each."""
    return render_template(PAGE, form=fresh_form(), **_context())


@blueprint.post("/turn-over")
@guard.staff(ACT, at="any")
def turn_over_now() -> Answer:
    """Write down that it was paid to the state."""
    try:
        given = read_form(Paid, request.form)
        place = one_of_mine(given["location"], guard.books_for(ACT))
        cents = typed_cents(given["amount"], currency=place.currency, field="amount")
        with transaction():
            service.turn_over(
                place.id,
                amount_cents=cents,
                on=given["on"],
                reference=given["reference"],
                by=actor(),
                now=clock.now(),
            )
    except (Invalid, Refused) as error:
        return answer_form(PAGE, error, **_context())
    return _done()


@blueprint.post("/turn-over/undo")
@guard.staff(ACT, at="any")
def undo_turn_over() -> Answer:
    """Take an act back by its opposite."""
    try:
        given = read_form(TakenBack, request.form)
        place = one_of_mine(given["location"], guard.books_for(ACT))
        with transaction():
            service.undo(
                place.id,
                reference=given["reference"],
                reason=given["reason"],
                by=actor(),
                now=clock.now(),
            )
    except (Invalid, Refused) as error:
        return answer_form(PAGE, error, **_context())
    return _done()


def _done() -> Answer:
    flash("Written into the books.", "success")
    return redirect(address_of(".turn_over"), 303)


def _context() -> dict[str, Any]:
    mine = guard.books_for(ACT)
    waiting = [_waiting(place) for place in mine]
    done = [(place, one) for place in mine for one in turnovers.by_reference(place.id)]
    return {
        "waiting": [one for one in waiting if one["count"]],
        "done": done,
        "places": [place for place in mine if any(place is other for other, _ in done)],
        "action": address_of(".turn_over_now"),
        "undo_action": address_of(".undo_turn_over"),
        "report_url": address_of("manager.unclaimed"),
    }


def _waiting(place: Location) -> dict[str, Any]:
    """What is dormant at a studio on its date, by how much it is and since when it expired."""
    claims = unclaimed.dormant(place, on=places.business_date(place, clock.now()))
    return {
        "place": place,
        "count": len(claims),
        "since": claims[0].expired_on if claims else None,
        "cents": sum(claim.amount_cents for claim in claims),
    }
