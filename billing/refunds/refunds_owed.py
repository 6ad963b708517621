"""What goes back when a plan or pack ends before it is used: quoted, and written, by one rule.

A quote is what the page shows; the same credits are then written. Sending the money is another
act: until then the books owe it, and a charge says to whom and by when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from billing.invoices import credit_notes, creditable
from billing.invoices.credit_notes import Promise
from billing.invoices.creditable import Back
from billing.models import CreditNote, Invoice, PaymentAttempt
from billing.recovery import dunning
from config.audit import Actor
from config.db import db
from locations import places
from locations.policy import policy_at
from membership.endings.exits import Leaving
from membership.endings.unused import Unused
from membership.models import Membership, MembershipPeriod, PlanChange
from membership.rules.exits import Exit, GivenBack


@dataclass(frozen=True, slots=True)
class Quote:
    """What ending gives back, tax included, in minor units of `currency`.

    `refund_cents` were paid and are sent by `refund_by`; `off_cents` were asked for and are
    not any more. `kept_cents` of what was billed stay with the studio.
    """

    refund_cents: int
    refund_tax_cents: int
    off_cents: int
    kept_cents: int
    currency: str
    refund_by: date


def of_plan(membership: Membership, leaving: Leaving, how: Exit) -> list[Back]:
    """The credits that ending a plan at once leads to; writes nothing."""
    if how == "cooling_off":
        return creditable.all_of(_of_membership(membership.id))
    backs: list[Back] = []
    for period_id, given in leaving.back:
        if period_id != leaving.unpaid:
            backs += creditable.spread(_behind(period_id, membership.id), given.net_cents)
    if leaving.unpaid is not None:
        backs += creditable.all_of(_of_period(leaving.unpaid))
    return backs


def of_unused(membership: Membership, unused: Unused) -> list[Back]:
    """The credits of an unpaid period that ends; a start that never was asks for nothing."""
    if unused.period_id is None:
        return []
    invoices = _of_period(unused.period_id)
    if membership.started_on is None:
        return creditable.all_of(invoices)
    return creditable.spread(_behind(unused.period_id, membership.id), unused.net_cents)


def of_pack(member_pack_id: UUID, given: GivenBack) -> list[Back]:
    """The credits that ending a pack leads to; writes nothing."""
    return creditable.spread(_of_pack(member_pack_id), given.net_cents)


def all_of_pack(member_pack_id: UUID) -> list[Back]:
    """The credits that undoing the purchase of a pack leads to; writes nothing."""
    return creditable.all_of(_of_pack(member_pack_id))


def quote(backs: Sequence[Back], *, location_id: UUID, currency: str, on: date) -> Quote:
    """The sums of credits, as a page shows them before the button."""
    paid = [back for back in backs if back.invoice.state == "paid"]
    refund = sum(back.credited.total_cents for back in paid)
    whole = sum(back.invoice.total_cents - back.invoice.credited_cents for back in paid)
    return Quote(
        refund_cents=refund,
        refund_tax_cents=sum(back.credited.tax_cents for back in paid),
        off_cents=sum(back.credited.total_cents for back in backs) - refund,
        kept_cents=whole - refund,
        currency=currency,
        refund_by=refund_by(location_id, on=on),
    )


def write(
    backs: Sequence[Back], *, reason: str, location_id: UUID, on: date, now: datetime, by: Actor
) -> list[CreditNote]:
    """Write credits in the caller's transaction, who holds their invoices locked.

    An open invoice that is credited is asked for no more: its tries end.
    """
    promise = Promise(reason, refund_by(location_id, on=on), by)
    notes: list[CreditNote] = []
    for back in backs:
        was_open = back.invoice.state == "open"
        if was_open:
            _end_tries(back.invoice.id, reason, now)
        notes.append(credit_notes.write(back, promise, on=on, now=now))
        if was_open:
            dunning.given_up(back.invoice.id, on=on)
    return notes


def refund_by(location_id: UUID, *, on: date) -> date:
    """By which day money that is promised on `on` has to be sent, by the rules of the land."""
    return on + timedelta(days=policy_at(places.get(location_id), on).refund_within_days)


def lock_invoices(membership_id: UUID) -> None:
    """Hold a plan's invoices: before its credits, as everywhere."""
    _lock(Invoice.membership_id == membership_id)


def lock_pack_invoice(member_pack_id: UUID) -> None:
    """Hold a pack's invoice."""
    _lock(Invoice.source_id == member_pack_id, Invoice.reason == "pack")


def _lock(*where: sa.ColumnElement[bool]) -> None:
    query = sa.select(Invoice).where(*where).order_by(Invoice.id).with_for_update()
    db.session.scalars(query.execution_options(populate_existing=True)).all()


def _end_tries(invoice_id: UUID, reason: str, now: datetime) -> None:
    db.session.execute(
        sa.update(PaymentAttempt)
        .where(PaymentAttempt.invoice_id == invoice_id, PaymentAttempt.state == "ready")
        .values(state="failed", decline_code=reason, finished_at=now)
    )


def _of_membership(membership_id: UUID) -> list[Invoice]:
    return _invoices(Invoice.membership_id == membership_id)


def _behind(period_id: UUID, membership_id: UUID) -> list[Invoice]:
    """What was billed for a period, then what older ones may have carried over into it."""
    own = _of_period(period_id)
    known = {invoice.id for invoice in own}
    return own + [one for one in _of_membership(membership_id) if one.id not in known]


def _of_pack(member_pack_id: UUID) -> list[Invoice]:
    return _invoices(Invoice.source_id == member_pack_id, Invoice.reason == "pack")


def _of_period(period_id: UUID) -> list[Invoice]:
    """What put value into a period: a change in the middle of it, then the period itself."""
    changed = (
        sa.select(PlanChange.id)
        .join(MembershipPeriod, MembershipPeriod.membership_id == PlanChange.membership_id)
        .where(
            MembershipPeriod.id == period_id,
            PlanChange.effective_on >= MembershipPeriod.start,
            PlanChange.effective_on < MembershipPeriod.end,
        )
    )
    return _invoices(
        sa.or_(
            Invoice.source_id == period_id,
            sa.and_(Invoice.reason == "change", Invoice.source_id.in_(changed)),
        )
    )


def _invoices(*where: sa.ColumnElement[bool]) -> list[Invoice]:
    """Those that ask or were paid, the newest first."""
    query = sa.select(Invoice).where(*where, Invoice.state.in_(("open", "paid")))
    return list(
        db.session.scalars(
            query.order_by(Invoice.issued_on.desc(), Invoice.id.desc()).execution_options(
                populate_existing=True
            )
        )
    )
