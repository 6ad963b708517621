"""Plans and packs that end at once although they are paid: what they give back is owed. An edge.

What a page quotes and what is then written come from the same credits.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from uuid import UUID

from billing.gateway import Gateway
from billing.invoices.creditable import Back
from billing.payments import intent_closing
from billing.plan_changes import moved_value
from billing.refunds import refunds_owed
from billing.refunds.refunds_owed import Quote
from config import clock
from config.audit import SYSTEM, Actor
from config.db import db, run_txn
from config.formats import money
from locations.models import Location
from locations.policy import policy_at
from membership.endings import exits, pack_exits
from membership.endings.pack_exits import PackExit
from membership.models import MemberPack, Membership
from membership.packs import pack_letters, pack_rows
from membership.plans import letters, membership_rows, overdue
from membership.rules.exits import Exit, GivenBack

BATCH = 200
Tell = Callable[[Membership, Quote, date, datetime], None]


def quote_plan(membership_id: UUID, how: Exit, *, on: date) -> Quote:
    """What leaving a plan today would give back; writes nothing. Refused by name."""
    leaving = exits.preview(membership_id, how, on=on)
    membership = db.session.get_one(Membership, membership_id)
    return _quoted(membership, refunds_owed.of_plan(membership, leaving, how), on)


def leave_plan(membership_id: UUID, how: Exit, *, on: date, by: Actor, gateway: Gateway) -> Quote:
    """End a plan now; what was paid and not delivered is owed to its member, who is told.

    A payment that is being made this very moment decides first: Unavailable until then.
    """
    return _leave(membership_id, how, _told_by_mail, on=on, by=by, gateway=gateway)


def leave_plan_unannounced(
    membership_id: UUID, how: Exit, *, on: date, by: Actor, gateway: Gateway
) -> Quote:
    """The same where a letter to the member would be out of place: a person speaks instead."""
    return _leave(membership_id, how, _told_in_person, on=on, by=by, gateway=gateway)


def end_due(location: Location, *, on: date) -> int:
    """Plans whose last paid day has passed end, where the rules of the land let nothing unused be
    kept: what is left of them goes back. Returns how many ended; elsewhere none.
    """
    if not policy_at(location, on).end_now_refund:
        return 0
    ending = overdue.ending(location.id, on=on, limit=BATCH)
    for membership_id in ending:
        run_txn(partial(_end, membership_id, "period_end", _told_of_the_rest, on=on, by=SYSTEM))
    return len(ending)


def quote_pack(member_pack_id: UUID, how: PackExit, *, on: date) -> Quote:
    """What ending a pack today would give back; writes nothing. Refused by name."""
    given = pack_exits.preview(member_pack_id, how, on=on)
    pack = db.session.get_one(MemberPack, member_pack_id)
    backs = _pack_backs(pack.id, how, given)
    return refunds_owed.quote(backs, location_id=pack.sold_at, currency=pack.currency, on=on)


def leave_pack(member_pack_id: UUID, how: PackExit, *, on: date, by: Actor) -> Quote:
    """End a pack now; what goes back is owed to its member, who is told. Refused by name."""

    return run_txn(lambda: end_pack(member_pack_id, how, on=on, now=clock.now(), by=by))


def end_pack(member_pack_id: UUID, how: PackExit, *, on: date, now: datetime, by: Actor) -> Quote:
    """The same in the caller's transaction."""
    pack = pack_rows.locked(member_pack_id)
    refunds_owed.lock_pack_invoice(pack.id)
    given = pack_exits.leave(pack.id, how, on=on, now=now, by=by)
    backs = _pack_backs(pack.id, how, given)
    found = refunds_owed.quote(backs, location_id=pack.sold_at, currency=pack.currency, on=on)
    refunds_owed.write(backs, reason=how, location_id=pack.sold_at, on=on, now=now, by=by)
    if found.refund_cents:
        refund = money(found.refund_cents, found.currency)
        pack_letters.given_back(pack, refund=refund, refund_by=found.refund_by, now=now)
    return found


def _leave(
    membership_id: UUID, how: Exit, tell: Tell, *, on: date, by: Actor, gateway: Gateway
) -> Quote:
    intent_closing.close_all(membership_id, gateway)
    return run_txn(lambda: _end(membership_id, how, tell, on=on, by=by))


def _end(membership_id: UUID, how: Exit, tell: Tell, *, on: date, by: Actor) -> Quote:
    """One commit: the plan ends, its credits go, its invoices are credited, its member is told."""
    now = clock.now()
    membership = membership_rows.locked(membership_id)
    refunds_owed.lock_invoices(membership_id)
    leaving = exits.leave(membership_id, how, on=on, now=now, by=by)
    if leaving.repeated:
        return _quoted(membership, [], on)
    backs = refunds_owed.of_plan(membership, leaving, how)
    for back in backs:
        intent_closing.require_nobody_charging(back.invoice.id)
    found = _quoted(membership, backs, on)
    notes = refunds_owed.write(
        backs, reason=how, location_id=membership.location_id, on=on, now=now, by=by
    )
    if notes and leaving.status != "pending":
        moved_value.gather(leaving, backs, notes[0], on=on, now=now)
    tell(membership, found, on, now)
    return found


def _quoted(membership: Membership, backs: list[Back], on: date) -> Quote:
    return refunds_owed.quote(
        backs, location_id=membership.location_id, currency=membership.currency, on=on
    )


def _pack_backs(member_pack_id: UUID, how: PackExit, given: GivenBack) -> list[Back]:
    if how in pack_exits.EVERYTHING:
        return refunds_owed.all_of_pack(member_pack_id)
    return refunds_owed.of_pack(member_pack_id, given)


def _told_by_mail(membership: Membership, found: Quote, on: date, now: datetime) -> None:
    refund = money(found.refund_cents, found.currency) if found.refund_cents else ""
    letters.cancelled(
        membership, last_access_on=on, now=now, refund=refund, refund_by=found.refund_by
    )


def _told_of_the_rest(membership: Membership, found: Quote, on: date, now: datetime) -> None:
    """The cancellation was confirmed before; only what goes back is news."""
    if found.refund_cents:
        refund = money(found.refund_cents, found.currency)
        letters.given_back(membership, refund=refund, refund_by=found.refund_by, now=now)


def _told_in_person(membership: Membership, found: Quote, on: date, now: datetime) -> None:
    """Nothing leaves by mail."""
