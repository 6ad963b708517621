"""Money that staff gives back, within the limits of their role, written once.

A grant ends in a numbered credit note and a promise; sending it is billing/refund_sends. What was
shown is what is written: a sum that has changed meanwhile is refused, not replaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing import limits
from billing.disputes import disputes
from billing.invoices import credit_notes
from billing.invoices.credit_notes import Promise
from billing.invoices.creditable import Back
from billing.leaving import exits
from billing.models import CreditNote, Invoice, Payment
from billing.refunds import promises, refund_terms, refunds_by_hand, refunds_owed
from billing.refunds.refund_terms import Terms
from billing.refunds.refunds_owed import Quote
from config import audit
from config.audit import Actor
from config.db import db
from config.errors import NotFound, Refused
from locations import places
from locations.rules.permissions import Grant
from membership.models import Charge, Member

REFUSALS = {
    "changed": "The sum is another one by now. Please look again.",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody saw and wants: terms, the sum that was shown, why, and the form's own key."""

    invoice_id: UUID
    terms: Terms
    expected_cents: int
    reason: str
    key: UUID


def grant(
    wish: Wish, *, asked_by: UUID | None, grants: frozenset[Grant], by: Actor, now: datetime
) -> Quote:
    """Give it back now, in the caller's transaction; the same form sent twice gives back once.

    `asked_by` is whose request it grants. Raises Refused by name: "above_limit", "own_request",
    "changed", "disputed", "nothing_left".
    """
    known = db.session.get(Invoice, wish.invoice_id)
    if known is None:
        raise NotFound("invoice")
    how = refund_terms.ends_pack(wish.terms)
    if how is None:  # two at once wait here: each sees what the other gave
        promises.lock_invoice(known.id)
    on = places.business_date(places.get(known.location_id), now)
    _require_allowed(wish, known, asked_by=asked_by, grants=grants, by=by, on=on)
    before = _note_of(wish)
    if before is not None:
        return _of_note(before, known, on=on)
    found = (
        _written(wish, known, on=on, now=now, by=by)
        if how is None
        else _pack_ended(wish, known, on=on, now=now, by=by)
    )
    audit.record(
        actor=by,
        action="refund.granted",
        subject_type="invoice",
        subject_id=known.id,
        location_id=known.location_id,
        facts={
            "how": wish.terms.how,
            "to": wish.terms.to,
            "amount_cents": found.refund_cents,
            "reason": wish.reason,
            "asked_by": asked_by,
        },
        now=now,
    )
    return found


def _require_allowed(
    wish: Wish,
    invoice: Invoice,
    *,
    asked_by: UUID | None,
    grants: frozenset[Grant],
    by: Actor,
    on: date,
) -> None:
    """Refused above the limit of these roles, and above any limit to who has an interest."""
    place = places.get(invoice.location_id)
    all_cents = limits.given_cents(invoice.id, beside=wish.key) + wish.expected_cents
    limits.require(all_cents, grants=grants, location=place, on=on)
    whose = frozenset({asked_by, _account_of(invoice.member_id)} - {None})
    limits.require_not_own(
        all_cents,
        whose=whose,  # type: ignore[arg-type]  # none is left out above
        by=by.id,
        location=place,
        on=on,
    )


def _pack_ended(wish: Wish, known: Invoice, *, on: date, now: datetime, by: Actor) -> Quote:
    """The pack ends with its invoice; sent twice, it had ended before."""
    how = refund_terms.ends_pack(wish.terms)
    assert how is not None
    refund_terms.require_pack(known, how, on=on)
    found = exits.end_pack(known.source_id, how, on=on, now=now, by=by)
    require_same(wish, found)
    _require_undisputed(known.id)
    _send_on(wish, known.source_id, by=by, now=now)
    return found


def _written(wish: Wish, known: Invoice, *, on: date, now: datetime, by: Actor) -> Quote:
    _require_undisputed(known.id)
    found = refund_terms.quote(known, wish.terms, on=on)
    require_same(wish, found)
    back = Back(known, refund_terms.credited_by(known, wish.terms))
    promise = Promise(wish.terms.how, found.refund_by, by, source_id=wish.key)
    note = credit_notes.write(back, promise, on=on, now=now)
    _send_on(wish, note.id, by=by, now=now)
    return found


def _send_on(wish: Wish, source_id: UUID, *, by: Actor, now: datetime) -> None:
    """The way it was paid it goes by itself; as credit or out of the till it is there at once."""
    query = sa.select(Charge).where(Charge.source_id == source_id, Charge.kind == promises.KIND)
    charge = db.session.scalars(query).one()
    cents = promises.owed_cents(charge)
    if wish.terms.to == "cash":
        cents = min(cents, refunds_by_hand.cash_paid_cents(wish.invoice_id))
    if wish.terms.to != "card" and cents:
        refunds_by_hand.settle_otherwise(
            charge.id,
            tender=wish.terms.to,
            amount_cents=cents,
            paid_at=charge.location_id,
            by=by,
            now=now,
        )


def require_same(wish: Wish, found: Quote) -> None:
    """Raise Refused("changed") where the sum is not the one that was shown."""
    if found.refund_cents != wish.expected_cents:
        raise Refused("changed", REFUSALS["changed"])


def _require_undisputed(invoice_id: UUID) -> None:
    """What a bank holds, or has given back, is not given back by us as well."""
    query = sa.select(Payment.id).where(Payment.invoice_id == invoice_id).order_by(Payment.id)
    for payment_id in db.session.scalars(query.with_for_update()).all():
        disputes.refuse_if_disputed(payment_id)


def _note_of(wish: Wish) -> CreditNote | None:
    query = sa.select(CreditNote).where(
        CreditNote.invoice_id == wish.invoice_id, CreditNote.source_id == wish.key
    )
    return db.session.scalars(query).first()


def _of_note(note: CreditNote, invoice: Invoice, *, on: date) -> Quote:
    return Quote(
        refund_cents=note.total_cents,
        refund_tax_cents=note.tax_cents,
        off_cents=0,
        kept_cents=invoice.total_cents - invoice.credited_cents,
        currency=invoice.currency,
        refund_by=refunds_owed.refund_by(invoice.location_id, on=on),
    )


def _account_of(member_id: UUID) -> UUID | None:
    return db.session.scalar(sa.select(Member.account_id).where(Member.id == member_id))
