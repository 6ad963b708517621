"""An attempt with its invoice and membership, locked in the house's order and read at once."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice, PaymentAttempt, PaymentIntent
from config.base import table_of
from config.db import carry_out, dialect, first_row
from config.errors import NotFound
from config.statements import Statement
from locations.models import Location
from membership.models import Member, Membership


class Held(NamedTuple):
    """What settling needs to know; amounts in minor units of `currency`."""

    attempt_id: UUID
    state: str
    n: int
    kind: str
    known_charge_id: str | None
    paid_charge_id: str | None
    intent_id: UUID | None
    stripe_id: str | None
    amount_cents: int | None
    invoice_id: UUID
    location_id: UUID
    member_id: UUID
    membership_id: UUID | None
    consent_id: UUID | None
    reason: str
    source_id: UUID
    invoice_state: str
    number: str | None
    issued_on: date
    currency: str
    total_cents: int
    net_cents: int
    paid_cents: int
    credited_cents: int
    membership_status: str | None
    period_start: date | None
    period_end: date | None
    email: str
    name: str
    zone: str
    location_name: str


_ATTEMPT = table_of(PaymentAttempt)
_INTENT = table_of(PaymentIntent)
_INVOICE = table_of(Invoice)
_MEMBERSHIP = table_of(Membership)
_MEMBER = table_of(Member)
_LOCATION = table_of(Location)
_FACTS = (
    _INVOICE.c.id,
    _INVOICE.c.location_id,
    _INVOICE.c.member_id,
    _INVOICE.c.membership_id,
    _INVOICE.c.consent_id,
    _INVOICE.c.reason,
    _INVOICE.c.source_id,
    _INVOICE.c.state,
    _INVOICE.c.number,
    _INVOICE.c.issued_on,
    _INVOICE.c.currency,
    _INVOICE.c.total_cents,
    _INVOICE.c.net_cents,
    _INVOICE.c.paid_cents,
    _INVOICE.c.credited_cents,
    _MEMBERSHIP.c.status,
    _MEMBERSHIP.c.period_start,
    _MEMBERSHIP.c.period_end,
    _MEMBER.c.email,
    _MEMBER.c.name,
    _LOCATION.c.zone,
    _LOCATION.c.name,
)
_HELD = Statement(
    sa.select(
        _ATTEMPT.c.id,
        _ATTEMPT.c.state,
        _ATTEMPT.c.n,
        _ATTEMPT.c.kind,
        _ATTEMPT.c.known_charge_id,
        _ATTEMPT.c.charge_id,
        _ATTEMPT.c.intent_id,
        _INTENT.c.stripe_id,
        _INTENT.c.amount_cents,
        *_FACTS,
    )
    .select_from(_ATTEMPT)
    .join(_INVOICE, _INVOICE.c.id == _ATTEMPT.c.invoice_id)
    .join(_MEMBER, _MEMBER.c.id == _INVOICE.c.member_id)
    .join(_LOCATION, _LOCATION.c.id == _INVOICE.c.location_id)
    .outerjoin(_INTENT, _INTENT.c.id == _ATTEMPT.c.intent_id)
    .outerjoin(_MEMBERSHIP, _MEMBERSHIP.c.id == _INVOICE.c.membership_id)
    .where(_ATTEMPT.c.id == sa.bindparam("attempt_id"))
)
_OF_THE_ATTEMPT = _ATTEMPT.c.id == sa.bindparam("attempt_id")
_LOCKS = (
    Statement(
        sa.select(_MEMBERSHIP.c.id)
        .join(_INVOICE, _INVOICE.c.membership_id == _MEMBERSHIP.c.id)
        .join(_ATTEMPT, _ATTEMPT.c.invoice_id == _INVOICE.c.id)
        .where(_OF_THE_ATTEMPT)
        .with_for_update(of=_MEMBERSHIP)
    ),
    Statement(
        sa.select(_ATTEMPT.c.id, _INVOICE.c.id)
        .join(_INVOICE, _INVOICE.c.id == _ATTEMPT.c.invoice_id)
        .where(_OF_THE_ATTEMPT)
        .with_for_update(of=(_ATTEMPT, _INVOICE))
    ),
)


_OF_THE_INVOICE = _INVOICE.c.id == sa.bindparam("invoice_id")
_OF_INVOICE = Statement(
    sa.select(*_FACTS)
    .select_from(_INVOICE)
    .join(_MEMBER, _MEMBER.c.id == _INVOICE.c.member_id)
    .join(_LOCATION, _LOCATION.c.id == _INVOICE.c.location_id)
    .outerjoin(_MEMBERSHIP, _MEMBERSHIP.c.id == _INVOICE.c.membership_id)
    .where(_OF_THE_INVOICE)
)
_INVOICE_LOCKS = (
    Statement(
        sa.select(_MEMBERSHIP.c.id)
        .join(_INVOICE, _INVOICE.c.membership_id == _MEMBERSHIP.c.id)
        .where(_OF_THE_INVOICE)
        .with_for_update(of=_MEMBERSHIP)
    ),
    Statement(
        sa.select(_ATTEMPT.c.id)
        .where(_ATTEMPT.c.invoice_id == sa.bindparam("invoice_id"))
        .order_by(_ATTEMPT.c.id)
        .with_for_update()
    ),
    Statement(sa.select(_INVOICE.c.id).where(_OF_THE_INVOICE).with_for_update()),
)


def lock(attempt_id: UUID) -> Held:
    """Lock membership, attempt and invoice, in that order, then read all three.

    On SQLite the writing transaction already holds everything.
    """
    if dialect() != "sqlite":
        for statement in _LOCKS:
            carry_out(statement, attempt_id=attempt_id)
    row = first_row(_HELD, attempt_id=attempt_id)
    if row is None:
        raise NotFound("payment attempt")
    return Held._make(row)


def lock_invoice(invoice_id: UUID, *, payment_id: UUID) -> Held:
    """The same for an invoice that another tender pays: nothing is asked of Stripe.

    `payment_id` stands where an attempt's key would: it names what is settled.
    """
    if dialect() != "sqlite":
        for statement in _INVOICE_LOCKS:
            carry_out(statement, invoice_id=invoice_id)
    row = first_row(_OF_INVOICE, invoice_id=invoice_id)
    if row is None:
        raise NotFound("invoice")
    return Held(payment_id, "ready", 0, "tender", None, None, None, None, None, *row)
