"""Turning over to the state what nobody claimed for years: expired value, gift cards, credit.

The claim ends with it: it is asked back from the state. Undone, it may be claimed as before.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from uuid import UUID

from billing.turnovers import owed
from billing.turnovers.claims import Claim
from config import audit
from config.audit import Actor
from config.errors import Refused, invalid_field
from locations import places, turnovers, unclaimed
from locations.models import Location
from locations.unclaimed import Dormant
from membership.credits import turnovers as expired

REFUSALS: Final = {
    "nothing_dormant": "Nothing is to be turned over here on that day.",
    "amount_changed": "This is not what is to be turned over any more: please look once more.",
    "reference_used": "This reference is written down already.",
    "nothing_to_undo": "Nothing was turned over here under this reference.",
}


def dormant(place: Location, *, on: date) -> list[Claim]:
    """All that is to be turned over at a location on a day, the longest unmoved first."""
    found = _expired(unclaimed.dormant(place, on=on))
    for rows in owed.ROWS.values():
        found += rows.dormant(place, on=on)
    return sorted(found, key=lambda one: (one.since, one.name))


def turn_over(
    location_id: UUID,
    *,
    chosen: Collection[str],
    amount_cents: int,
    on: date,
    reference: str,
    by: Actor,
    now: datetime,
) -> int:
    """Write down that dormant value was paid to the state on a day, in the caller's transaction;
    returns how many claims.

    `chosen` names claims; where it is empty it is all. `amount_cents` is what was shown and paid.
    Refused by name; two at once wait for each other, and whoever claims meanwhile waits too.
    """
    place = places.held(location_id)
    if on > places.business_date(place, now):
        raise invalid_field("/on", "This day is still to come.")
    if turnovers.standing(location_id, reference=reference):
        raise _refuse("reference_used")
    expiries = {one.entry_id: one for one in expired.held(place, on=on)}
    claims = [one for one in _held(place, on) if not chosen or one.name in chosen]
    if not claims:
        raise _refuse("nothing_dormant")
    total = sum(one.amount_cents for one in claims)
    if total != amount_cents or (chosen and len(claims) != len(set(chosen))):
        raise _refuse("amount_changed")
    of_kind = {
        kind: [one for one in claims if one.kind == kind]
        for kind in ("expired", "gift_card", "account_credit")
    }
    gone = [expiries[one.key] for one in of_kind["expired"]]
    expired.turn_over(place, gone, on=on, reference=reference, now=now)
    given = {"on": on, "reference": reference, "by_account_id": by.id, "now": now}
    owed.turn_over(place, "gift_cards", of_kind["gift_card"], **given)
    owed.turn_over(place, "account_credit", of_kind["account_credit"], **given)
    _note("turned_over", place.id, reference, total, None, by=by, now=now)
    return len(claims)


def undo(location_id: UUID, *, reference: str, reason: str, by: Actor, now: datetime) -> int:
    """Take it back by opposite entries of today, in the caller's transaction; returns the cents.

    Refused("nothing_to_undo") where nothing stands under this reference.
    """
    place = places.held(location_id)
    if not turnovers.standing(location_id, reference=reference):
        raise _refuse("nothing_to_undo")
    on = places.business_date(place, now)
    given = {"on": on, "reason": reason, "by_account_id": by.id, "now": now}
    total = expired.undo(place, reference=reference, reason=reason, now=now)
    total += sum(owed.undo(place, one, reference=reference, **given) for one in owed.ROWS)
    _note("turnover_undone", place.id, reference, total, reason, by=by, now=now)
    return total


def _held(place: Location, on: date) -> list[Claim]:
    """The same as `dormant`, looked at again once its rows are held."""
    for rows in owed.ROWS.values():
        rows.hold(place, rows.dormant(place, on=on))
    return dormant(place, on=on)


def _expired(found: list[Dormant]) -> list[Claim]:
    owners = expired.owners(found)
    return [
        Claim("expired", one.entry_id, owners[one.entry_id], one.expired_on, one.amount_cents)
        for one in found
    ]


def _refuse(code: str) -> Refused:
    return Refused(code, REFUSALS[code])


def _note(
    action: str,
    location_id: UUID,
    reference: str,
    cents: int,
    reason: str | None,
    *,
    by: Actor,
    now: datetime,
) -> None:
    audit.record(
        actor=by,
        action=f"unclaimed.{action}",
        subject_type="location",
        subject_id=location_id,
        location_id=location_id,
        facts={"reference": reference, "cents": cents, "reason": reason},
        now=now,
    )
