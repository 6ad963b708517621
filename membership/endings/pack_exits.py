"""How a sold pack ends before it is used: given back by policy, by law, or undone in time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from config import audit
from config.audit import Actor
from config.db import db
from config.errors import Refused
from locations import places
from locations.policy import cooling_off_ends, policy_at
from membership.agreements import consents
from membership.endings import given_back
from membership.endings.exits import REFUSALS as PLAN_REFUSALS
from membership.models import CreditGrant, MemberPack
from membership.packs import pack_rows, windows
from membership.rules import pack_status
from membership.rules.exits import GivenBack

PackExit = Literal[
    "refund_unused", "statutory_exit", "cooling_off", "granted_unused", "granted_whole"
]
# What staff grants is the same event; time and policy, which bind the member, do not bind them.
_GRANTED = {"granted_unused": "refund_unused", "granted_whole": "cooling_off"}
EVERYTHING = ("cooling_off", "granted_whole")
REFUSALS = {
    "refund_not_offered": "What is left of this pack stays yours to use; it is not paid out.",
    "nothing_left": pack_status.REFUSALS["nothing_left"],
}


def cooling_off_until(pack: MemberPack) -> date | None:
    """The last day on which the purchase may be undone with all money back."""
    if pack.purchased_on is None:
        return None
    policy = policy_at(places.get(pack.sold_at), pack.purchased_on)
    return cooling_off_ends(policy, pack.purchased_on)


def offered(pack: MemberPack, *, on: date) -> list[PackExit]:
    """What its member may choose today: undoing the purchase, or what is unused back."""
    found: list[PackExit] = []
    if pack.state in ("draft", "cancelled"):
        return found
    until = cooling_off_until(pack)
    if until is not None and on <= until:
        found.append("cooling_off")
    refundable = policy_at(places.get(pack.sold_at), on).end_now_refund
    if refundable and _worth(pack, "refund_unused").net_cents:
        found.append("refund_unused")
    return found


def preview(member_pack_id: UUID, how: PackExit, *, on: date) -> GivenBack:
    """What ending a pack on `on` would give back; writes nothing. Refused by name."""
    pack = db.session.get_one(MemberPack, member_pack_id, populate_existing=True)
    _require(pack, how, on=on)
    return _worth(pack, how)


def leave(member_pack_id: UUID, how: PackExit, *, on: date, now: datetime, by: Actor) -> GivenBack:
    """End a pack and take back what is left; in a cooling-off, what was used as well.

    A plan agreed to with it will not follow. Told twice it is refused, or nothing happens.
    """
    pack = pack_rows.locked(member_pack_id)
    state = _require(pack, how, on=on)
    if state == pack.state:
        return GivenBack("pack")
    grants = given_back.of_pack(pack.id)
    given_back.lock(grants)
    batches = _survey(grants, how)
    found = _sum(batches)
    given_back.take(batches, reason=how, on=on, now=now)
    pack.state = state
    db.session.flush()
    windows.restate_of(pack)  # an extension that goes takes its days of the phase with it
    consents.lapse_for_pack(pack.id, now=now)
    audit.record(
        actor=by,
        action=f"pack.{how}",
        subject_type="member_pack",
        subject_id=pack.id,
        location_id=pack.sold_at,
        facts={"state": pack.state, "net_cents": found.net_cents},
        now=now,
    )
    return found


def _require(pack: MemberPack, how: PackExit, *, on: date) -> str:
    """The state it would have after. Raises Refused where table, policy or time forbid it."""
    state = pack_status.require(pack.state, _GRANTED.get(how, how))  # type: ignore[arg-type]
    until = cooling_off_until(pack)
    if how == "cooling_off" and (until is None or on > until):
        raise Refused("too_late", PLAN_REFUSALS["too_late"])
    if how == "refund_unused" and not policy_at(places.get(pack.sold_at), on).end_now_refund:
        raise Refused("refund_not_offered", REFUSALS["refund_not_offered"])
    if how in ("refund_unused", "granted_unused") and not _worth(pack, how).net_cents:
        raise Refused("nothing_left", REFUSALS["nothing_left"])
    return state


def _worth(pack: MemberPack, how: PackExit) -> GivenBack:
    return _sum(_survey(given_back.of_pack(pack.id), how))


def _survey(grants: list[CreditGrant], how: PackExit) -> list[given_back.Batch]:
    found = given_back.everything if how in EVERYTHING else given_back.unused
    return list(found(grants).values())


def _sum(batches: list[given_back.Batch]) -> GivenBack:
    """A pack has one batch of credits, or none before it is paid."""
    return batches[0].given_back if batches else GivenBack("pack")
