"""Refunds' invariants: never more than was paid, nothing unknown for long, the books agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, RefundSeen, Throttled
from billing.models import Invoice, KeptByBank, Payment, Refund
from billing.payments.collect import collecting
from billing.rules import refund as rule
from billing.rules.refund import Verdict
from config import clock
from config.db import db
from config.doctor import Doctor, Sentence, breach, differing
from config.errors import Unavailable
from locations.models import JournalEntry, Posting
from membership.models import Charge

UNKNOWN = timedelta(hours=20)


def register(doctor: Doctor) -> None:
    """Add the invariants of money that goes back."""
    back = "refunds due = what is owed back to members and has not left, per location"
    doctor.register("L12", back, _owed_back, _promised)
    doctor.register("R1", "a payment gives back what its refunds say, at most itself", _beyond)
    doctor.register("R3", "what has left is in the books, and what came back again", _booked)
    doctor.register("R4", "no refund stays unknown for 20 hours", _unknown)


def register_stripe(doctor: Doctor) -> None:
    """Add the check that asks Stripe; it belongs to `taper doctor --stripe` alone."""
    doctor.register("S4", "what Stripe sent back is what we sent, both ways", _at_stripe)


def refund_findings(gateway: Gateway, *, asked_at: datetime) -> Iterator[str]:
    """A sentence for each refund that only one side knows, or that differs.

    `asked_at` is before the call. Raises Unavailable where Stripe does not answer.
    """
    try:
        until = int(asked_at.timestamp()) + 1
        found = {one.id: one for one in gateway.refunds_created(since=0, until=until)}
    except (OutcomeUnknown, Throttled, GatewayRefused) as silence:
        raise Unavailable("stripe_unreachable", f"Stripe does not answer: {silence}") from silence
    ours = {row.stripe_id: row for row in db.session.scalars(_sent())}
    on_the_way = {str(key) for key in db.session.scalars(_sending())}
    for stripe_id, row in ours.items():
        seen = found.get(str(stripe_id))
        if seen is None:
            if row.created_at < asked_at:
                yield f"refund {row.id} of {row.amount_cents} is not at Stripe as {stripe_id}"
        elif _differs(seen, row):
            yield (
                f"{seen.id} over {seen.amount_cents} {seen.currency} is {seen.status}, "
                f"we wrote {row.amount_cents} {row.currency} and {row.state}"
            )
    for stripe_id in sorted(found.keys() - ours.keys()):
        seen = found[stripe_id]
        if seen.metadata.get("refund") not in on_the_way:
            yield f"{stripe_id} sent {seen.amount_cents} back, and nothing of ours says so"


def _of(what: str) -> Sentence:
    def sentence(row: Any) -> str:
        return f"{what} of {row.location_id} is {row.said}, should be {row.meant}"

    return sentence


@breach(_of("refunds_due"))
def _owed_back() -> sa.Select:
    """A promised refund is a charge in our disfavour until its money has left."""
    cents = Charge.net_cents + Charge.tax_cents
    promised = sa.select(Charge.location_id, cents).where(_OPEN)
    left = (
        sa.select(Charge.location_id, Refund.amount_cents)
        .join(Refund, Refund.charge_row_id == Charge.id)
        .where(_OPEN, Refund.state == "succeeded")
    )
    kept = (
        sa.select(Charge.location_id, KeptByBank.amount_cents)
        .join(KeptByBank, KeptByBank.charge_row_id == Charge.id)
        .where(_OPEN)
    )
    posted = sa.select(Posting.location_id, Posting.amount_cents)
    return differing(
        posted.where(Posting.account == "refunds_due"),
        sa.select(*promised.union_all(left, kept).subquery().c),
    )


_OPEN = sa.and_(Charge.kind == "refund_owed", Charge.state == "owed")


@breach(_of("refunds promised on invoices"))
def _promised() -> sa.Select:
    cents = Charge.net_cents + Charge.tax_cents
    charges = sa.select(Charge.location_id, cents).where(Charge.kind == "refund_owed")
    on_invoices = sa.select(Invoice.location_id, -Invoice.refunds_owed_cents)
    return differing(charges, on_invoices.where(Invoice.refunds_owed_cents > 0))


@breach(
    lambda row: f"payment {row.id} gives {row.refunded_cents} back, its refunds say {row.cents}"
)
def _beyond() -> sa.Select:
    alive = (
        sa.select(Refund.payment_id, sa.func.sum(Refund.amount_cents).label("cents"))
        .where(Refund.state != "failed")
        .group_by(Refund.payment_id)
        .subquery()
    )
    said = sa.func.coalesce(alive.c.cents, 0)
    # A draft that was paid ahead gives credit and gift cards back without a refund.
    wrong = sa.or_(
        sa.and_(Payment.tender == "card", said != Payment.refunded_cents),
        said > Payment.refunded_cents,
        Payment.refunded_cents > Payment.amount_cents,
    )
    query = sa.select(Payment.id, Payment.refunded_cents, said.label("cents"))
    return query.outerjoin(alive, alive.c.payment_id == Payment.id).where(wrong)


@breach(lambda row: f"refund {row.id} is {row.state}, and the books say otherwise")
def _booked() -> sa.Select:
    def entry(kind: str) -> sa.ColumnElement[bool]:
        return sa.exists().where(
            JournalEntry.source_id == Refund.id,
            JournalEntry.source_type == "refund",
            JournalEntry.kind == kind,
        )

    sent, back = entry("refund_sent"), entry("refund_failed")
    left = Refund.state == "succeeded"
    wrong = sa.or_(sa.and_(left, sa.or_(~sent, back)), sa.and_(~left, sent, ~back))
    return sa.select(Refund.id, Refund.state).where(wrong)


def _unknown() -> Iterable[str]:
    too_old = clock.now() - UNKNOWN
    query = sa.select(Refund.id).where(Refund.state == "sending", Refund.sent_at < too_old)
    for refund_id in db.session.scalars(query):
        yield f"refund {refund_id} has been unknown for over 20 hours"


def _at_stripe() -> Iterable[str]:
    gateway, asked_at = collecting().gateway, clock.now()
    for one in gateway.accounts.values() or (gateway,):
        yield from refund_findings(one, asked_at=asked_at)


def _sent() -> sa.Select:
    return sa.select(Refund).where(Refund.stripe_id.is_not(None))


def _sending() -> sa.Select:
    return sa.select(Refund.id).where(Refund.state.in_(("ready", "sending")))


def _differs(seen: RefundSeen, row: Refund) -> bool:
    if (seen.amount_cents, seen.currency) != (row.amount_cents, row.currency):
        return True
    if row.state in ("sending", "pending"):
        return False  # the next look will know
    return (rule.seen(seen.status) is Verdict.SENT) != (row.state == "succeeded")
