"""What Stripe says of refunds, written down once: job, webhook and page all end here. An edge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, RefundSeen
from billing.models import Refund
from billing.refunds import promises, refund_letters, refunds
from billing.rules import refund as rule
from billing.rules.refund import Verdict
from billing.runs.parking import park
from config import clock
from config.db import db, run_txn
from config.errors import NotFound
from locations import ledger
from membership.models import Charge


class Sought(Protocol):
    """A refund as it is looked for at Stripe; `charge_id` is Stripe's, the amount minor units."""

    @property
    def refund_id(self) -> UUID: ...
    @property
    def promise_id(self) -> UUID: ...
    @property
    def charge_id(self) -> str: ...
    @property
    def amount_cents(self) -> int: ...


PENDING_MS = 6 * 3_600_000


def settle(refund_id: UUID, seen: RefundSeen, *, now: datetime) -> str:
    """Write down what Stripe says of a refund, once, in a transaction of its own; its state.

    Job, webhook and page end here. Repeats and older news change nothing.
    """
    return run_txn(lambda: _settle(refund_id, seen, now))


def look(stripe_id: str, *, gateway: Gateway, now: datetime) -> bool:
    """Look at a refund that a letter names; False where it was made without us.

    Raises NotFound where it carries our key and nothing of ours answers to it yet.
    """
    return _settled([gateway.retrieve_refund(stripe_id)], now)


def look_at_charge(charge_id: str, *, gateway: Gateway, now: datetime) -> bool:
    """Look at every refund of a charge; False where one was made without us."""
    return _settled(gateway.refunds_of(charge_id), now)


def ours(found: Iterable[RefundSeen]) -> dict[str, UUID]:
    """Our rows for refunds at Stripe, by their id there: found by it, or by the key inside."""
    rows: dict[str, UUID] = {}
    for one in found:
        query = sa.select(Refund.id).where(Refund.stripe_id == one.id)
        refund_id = db.session.scalar(query)
        if refund_id is None:
            refund_id = _pointed_at(one)
        if refund_id is not None:
            rows[one.id] = refund_id
    db.session.rollback()
    return rows


def known(sought: Sought, gateway: Gateway) -> RefundSeen | None:
    """What Stripe has of this refund; or of its promise, where our rows are an older backup's."""
    try:
        found = gateway.refunds_of(sought.charge_id)
    except GatewayRefused as odd:  # to be told nothing is no news about the money
        raise OutcomeUnknown(f"refunds of {sought.charge_id}: {odd.code}") from odd
    for one in found:
        if one.metadata.get("refund") == str(sought.refund_id):
            return one
    kept = ours(found)
    for one in found:
        same = one.metadata.get("promise") == str(sought.promise_id)
        alive = rule.seen(one.status) is not Verdict.FAILED
        if same and alive and one.amount_cents == sought.amount_cents and one.id not in kept:
            return one
    return None


def _pointed_at(seen: RefundSeen) -> UUID | None:
    try:
        pointer = UUID(seen.metadata.get("refund", ""))
    except ValueError:
        return None
    return db.session.scalar(sa.select(Refund.id).where(Refund.id == pointer))


def _settled(found: list[RefundSeen], now: datetime) -> bool:
    rows = ours(found)
    for one in found:
        if one.id in rows:
            settle(rows[one.id], one, now=now)
    strangers = [one for one in found if one.id not in rows]
    if any("refund" in one.metadata for one in strangers):
        raise NotFound("refund")
    return not strangers


def _settle(refund_id: UUID, seen: RefundSeen, now: datetime) -> str:
    refund, charge = refunds.locked(refund_id)
    _require_same_object(refund, seen)
    refund.stripe_id = seen.id
    verdict = rule.seen(seen.status)
    state = rule.next_state(refund.state, verdict)
    if state is None:
        if refund.state == "pending":
            refund.lease_until_ms = clock.lease_now_ms() + PENDING_MS
        db.session.flush()
    elif state == "succeeded":
        _sent(refund, charge, now)
    elif state == "failed":
        code = seen.failure_code or seen.status
        refunds.failed(refund, charge, code=code, now=now)
    else:
        refund.state = state
        refund.lease_token = None
        refund.lease_until_ms = clock.lease_now_ms() + PENDING_MS
        db.session.flush()
    return refund.state


def _sent(refund: Refund, charge: Charge, now: datetime) -> None:
    if refund.state == "failed" and not _fits_again(refund, charge):
        park(
            "refund",
            str(refund.id),
            code="sent_after_all",
            reason="A refund that had been refused was sent after all, and is owed no more.",
            location_id=refund.location_id,
            now=now,
        )
        return
    refund.lease_token = refund.lease_until_ms = None
    refunds.left_now(refund, now=now)
    promises.restate(charge)
    refund_letters.sent(refund, charge.member_id, now=now)


def _fits_again(refund: Refund, charge: Charge) -> bool:
    """Whether a refund that we had given up is still owed, and was never in the books."""
    known = ledger.entry_for(refund.id, "refund_sent") is not None
    owed = charge.state == "owed" and promises.uncovered_cents(charge) >= refund.amount_cents
    return owed and not known and refunds.take_again(refund)


def _require_same_object(refund: Refund, seen: RefundSeen) -> None:
    """An answer about another object must never settle this refund."""
    if refund.stripe_id is not None and refund.stripe_id != seen.id:
        raise OutcomeUnknown(f"refund {refund.id} is {refund.stripe_id}, not {seen.id}")
    if (seen.amount_cents, seen.currency) != (refund.amount_cents, refund.currency):
        raise OutcomeUnknown(f"{seen.id} sends {seen.amount_cents}, not {refund.amount_cents}")
