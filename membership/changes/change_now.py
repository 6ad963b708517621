"""A change of plan today: asked for, then in effect within the commit that pays it, or gone."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from config.audit import SYSTEM
from config.db import db
from membership.agreements import change_consents
from membership.agreements.change_consents import Proof
from membership.changes import (
    change_effects,
    change_letters,
    change_quotes,
    change_rows,
    change_values,
)
from membership.changes.change_quotes import Quote
from membership.credits import credits
from membership.models import Membership, PlanChange
from membership.mrr import mrr
from membership.plans import charges, periods, renewals
from membership.plans.membership_rows import locked
from membership.rules import changes as rules
from membership.rules.answers import Stays
from membership.rules.change_quotes import NowQuote, part
from membership.rules.cycle import next_due
from membership.rules.due import Due
from membership.rules.membership_status import answer, require


class Asked(NamedTuple):
    """A change that waits for its payment, and what was quoted for it."""

    change: PlanChange
    quote: Quote
    now: NowQuote
    member_id: UUID


def ask(
    membership_id: UUID, *, to_version_id: UUID, proof: Proof, on: date, now: datetime
) -> Asked:
    """The member changes to another plan today, once it is paid.

    Locks the membership; a change that waited for the renewal gives way, and comes back if
    this one is not paid. Raises Refused by the status, "payment_pending" where a renewal or
    another payment comes first, "only_at_renewal", "terms_changed".
    """
    membership = locked(membership_id)
    require(membership.status, "change_now")
    if membership.ends_on is not None:
        raise rules.refuse("cancel_pending")
    before = change_rows.live_of(membership_id)
    if membership.next_due_on <= on or (before is not None and before.state == "waiting"):
        raise rules.refuse("payment_pending")
    quoted = change_quotes.quote(membership, to_version_id, on=on)
    if quoted.now is None or quoted.now_text is None:
        raise rules.refuse("only_at_renewal")
    consent = change_consents.give(
        membership,
        plan_version_id=to_version_id,
        location_id=membership.location_id,
        charge=part(quoted.to.price_cents, quoted.now.taken.rate),
        text=quoted.now_text,
        proof=proof,
        now=now,
    )
    if before is not None:
        change_rows.close(before, "replaced", by=proof.by, now=now)
    change = change_rows.add(
        membership,
        state="waiting",
        kind=quoted.kind,
        to_version_id=to_version_id,
        location_id=membership.location_id,
        price_cents=quoted.to.price_cents,
        effective_on=on,
        consent_id=consent.id,
        facts={
            "style": quoted.now.style,
            "net_cents": quoted.now.net_cents,
            "extra_credits": quoted.now.extra_credits,
            "account_credit_cents": quoted.now.account_credit_cents,
            "deferred_cents": quoted.deferred_cents,
            "next_n": membership.next_n,
            "replaced_id": str(before.id) if before else None,
        },
        by=proof.by,
        now=now,
    )
    return Asked(change, quoted, quoted.now, membership.member_id)


def still_fits(change_id: UUID) -> bool:
    """Whether a payment for this change still finds the plan as it was when it was asked for."""
    change = change_rows.get(change_id)
    membership = locked(change.membership_id)
    return (
        change.state == "waiting"
        and isinstance(answer(membership.status, "change_now"), Stays)
        and membership.next_n == change.facts["next_n"]
    )


def take_effect(change_id: UUID, *, on: date, now: datetime) -> None:
    """Its invoice is paid: the new terms hold from the day it was asked on, and what is still
    deferred goes on under them. Called in the transaction that books the sale, by whoever also
    keeps what may be left over.
    """
    change = change_rows.get(change_id)
    membership = locked(change.membership_id)
    if change.facts["style"] == "same_cycle":
        change_values.go_on(membership, change, on=on, now=now)
        change_effects.take_terms(membership, change, at=change.effective_on)
    else:
        change_values.give_back(membership, change, on=on, now=now)
        _begin_anew(membership, change, now=now)
    _settle_consents(change, now=now)
    change_rows.close(change, "applied", by=SYSTEM, now=now)
    mrr.restate(membership, cause="terms", on=on, now=now)
    change_letters.told(membership, change, now=now)


def abandon(change_id: UUID, *, now: datetime) -> None:
    """It was never paid: nothing has changed, and what waited before waits again."""
    change = change_rows.get(change_id)
    if change.state != "waiting":
        return
    change_rows.close(change, "dropped", by=SYSTEM, now=now)
    change_consents.end(change.consent_id, "lapsed", by=SYSTEM, now=now)
    replaced = _replaced(change)
    if replaced is not None:
        replaced.state = "pending"
        replaced.closed_at = None
        db.session.flush()
        change_rows.record(replaced, by=SYSTEM, now=now)


def _begin_anew(membership: Membership, change: PlanChange, *, now: datetime) -> None:
    """Another interval: the first period of a new cycle, billed by the change's own invoice."""
    at = change.effective_on
    change_effects.take_terms(membership, change, at=at)
    membership.anchor_day = at.day
    membership.next_due_on = at
    db.session.flush()
    held = charges.holding(membership.id)
    due = next_due(held, period_id=change.id) if held else None
    assert isinstance(due, Due), "the terms were quoted"
    renewals.advance([due], now=now)
    db.session.refresh(membership)
    credits.grant_many(periods.grant_for(due, state="firm"), now=now)


def _settle_consents(change: PlanChange, *, now: datetime) -> None:
    change_consents.end(change.consent_id, "used", by=SYSTEM, now=now)
    replaced = _replaced(change)
    if replaced is not None:
        change_consents.end(replaced.consent_id, "withdrawn", by=SYSTEM, now=now)


def _replaced(change: PlanChange) -> PlanChange | None:
    id_ = change.facts["replaced_id"]
    return change_rows.get(UUID(id_)) if id_ else None
