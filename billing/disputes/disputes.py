"""Disputes: looked at where Stripe keeps them, and written down once. An edge.

A letter only says what to look at. Closed before created, twice, or days late: the look finds
the dispute as it stands, and one commit writes down what is new about it.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.disputes import dispute_effects, dispute_rows, inquiries
from billing.gateway import DisputeSeen, Gateway, OutcomeUnknown
from billing.models import Dispute, Invoice, Payment
from billing.payments import intent_closing
from billing.rules import dispute as rule
from config.calendar import local_date
from config.db import db, run_txn
from config.errors import NotFound, Refused, Unavailable
from locations import places
from membership.endings.disputes import pending_plan_of
from membership.plans import membership_rows

REFUSED = "This payment is disputed at the bank: what goes back is the bank's to decide."


def look(stripe_id: str, *, gateway: Gateway, now: datetime) -> str:
    """Look at a dispute and write down what is new about it; returns the state it is in now.

    "inquiry" and "closed" have moved no money. NotFound for a charge that is not ours (yet),
    ValueError for what a person has to decide, OutcomeUnknown where it has to be looked at again.
    """
    seen = gateway.retrieve_dispute(stripe_id)
    if seen.id != stripe_id:
        raise OutcomeUnknown(f"asked for {stripe_id}, was shown {seen.id}")
    return settle(seen, gateway=gateway, now=now)


def settle(seen: DisputeSeen, *, gateway: Gateway, now: datetime) -> str:
    """Write down what was seen of a dispute, once, in a transaction of its own."""
    state = rule.meaning(seen.status)
    found = _find(seen)
    ending = found.membership_id if state == "lost" else pending_plan_of(found.member_id)
    if state in ("inquiry", "closed"):
        ending = None
    if ending is not None:
        intent_closing.close_all(ending, gateway)  # nothing may arrive for what is credited
    try:
        return run_txn(lambda: _settle(seen, state, now))
    except Unavailable as busy:
        raise OutcomeUnknown("a payment for this plan is being made just now") from busy


def catch_up(*, since: int, until: int, gateway: Gateway, now: datetime) -> Counter[str]:
    """Settle every dispute created in [since, until) epoch seconds, whether a letter came or not.

    Counts them by the state they are in now; those of charges that are not ours as "unknown".
    """
    counts: Counter[str] = Counter()
    for seen in gateway.disputes_created(since=since, until=until):
        try:
            counts[settle(seen, gateway=gateway, now=now)] += 1
        except (NotFound, ValueError):
            counts["unknown"] += 1
    return counts


def refuse_if_disputed(payment_id: UUID) -> None:
    """Raise Refused("disputed") for a payment that a bank holds or has given back.

    The caller holds the payment's row, so that a dispute cannot be written in between.
    """
    query = sa.select(Dispute.id).where(
        Dispute.payment_id == payment_id, Dispute.state.in_(rule.HELD)
    )
    if db.session.scalar(query.limit(1)) is not None:
        raise Refused("disputed", REFUSED)


def refuse_while_open(payment_id: UUID) -> None:
    """Raise Refused("disputed") while a bank decides; what it took is none of what is left."""
    query = sa.select(Dispute.id).where(Dispute.payment_id == payment_id, Dispute.state == "open")
    if db.session.scalar(query.limit(1)) is not None:
        raise Refused("disputed", REFUSED)


def of_payment(payment_id: UUID) -> list[Dispute]:
    """Every dispute about a payment, oldest first."""
    query = sa.select(Dispute).where(Dispute.payment_id == payment_id)
    return list(db.session.scalars(query.order_by(Dispute.opened_at, Dispute.id)))


def _settle(seen: DisputeSeen, state: rule.State, now: datetime) -> str:
    invoice, payment = _locked(seen)
    on = local_date(now, places.get(invoice.location_id).zone)
    row = _row(seen.id)
    if row is None and state == "closed":
        return state  # nothing of it was written down, and nothing has to be
    if row is None:
        _require_fitting(seen, payment)
        if state == "inquiry":
            return inquiries.opened(seen, invoice=invoice, payment=payment, now=now).state
        row = dispute_rows.written(seen, "open", invoice=invoice, payment=payment)
        dispute_effects.opened(row, invoice, on=on, now=now)
    move = rule.move(_state_of(row), state)
    if move == "closed":
        inquiries.closed(row, on=on, now=now)
        return row.state
    if move == "taken":
        _require_fitting(seen, payment)
        dispute_rows.taken(row, seen, on=on, now=now)
        dispute_effects.opened(row, invoice, on=on, now=now)
        move = rule.move(_state_of(row), state)
    if state != "inquiry" and _differs(row, seen):
        raise ValueError(f"{seen.id} was over {row.amount_cents} and is over {seen.amount_cents}")
    if move == "won":
        dispute_effects.won(row, invoice, on=on, now=now)
    elif move == "lost":
        dispute_effects.lost(row, invoice, on=on, now=now)
    return row.state


def _locked(seen: DisputeSeen) -> tuple[Invoice, Payment]:
    """The membership, the invoice and the payment, locked in the house's order, read anew."""
    found = _find(seen)
    plans = {found.membership_id, pending_plan_of(found.member_id)} - {None}
    for membership_id in sorted(plans):
        membership_rows.locked(membership_id)
    invoice = db.session.get_one(
        Invoice, found.invoice_id, populate_existing=True, with_for_update=True
    )
    payment = db.session.get_one(Payment, found.id, populate_existing=True, with_for_update=True)
    return invoice, payment


def _find(seen: DisputeSeen) -> sa.Row:
    """The payment of the disputed charge; NotFound while nothing of ours answers to it."""
    named = [seen.charge_id] if seen.intent_id is None else [seen.charge_id, seen.intent_id]
    found = db.session.execute(
        sa.select(Payment.id, Payment.invoice_id, Invoice.membership_id, Invoice.member_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.charge_id.in_(named))
    ).first()
    if found is None:
        raise NotFound("payment")
    return found


def _row(stripe_id: str) -> Dispute | None:
    query = sa.select(Dispute).where(Dispute.stripe_id == stripe_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).first()


def _require_fitting(seen: DisputeSeen, payment: Payment) -> None:
    if seen.currency != payment.currency or not 0 < seen.amount_cents <= payment.amount_cents:
        raise ValueError(
            f"{seen.id} is about {seen.amount_cents} {seen.currency}, the payment was "
            f"{payment.amount_cents} {payment.currency}"
        )


def _differs(row: Dispute, seen: DisputeSeen) -> bool:
    return (row.amount_cents, row.currency) != (seen.amount_cents, seen.currency)


def _state_of(row: Dispute) -> rule.State:
    return row.state  # type: ignore[return-value]  # the column's CHECK keeps it known
