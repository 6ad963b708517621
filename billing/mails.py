"""What a member is told about money. Amounts travel as minor units; no card data, no health."""

from __future__ import annotations

from datetime import date, datetime

from billing.payments.held import Held
from config import outbox


def receipt(held: Held, *, amount_cents: int, now: datetime) -> None:
    """Paid: what for, how much, and how to cancel."""
    attach = [["receipt", str(held.invoice_id)]]
    _put("receipt", held, now, amount_cents=amount_cents, attach=attach)


def payment_failed(held: Held, *, why: str, next_try_on: date | None, now: datetime) -> None:
    """Declined: why in plain words, when we try again, and where to put another card."""
    _put(
        "payment_failed",
        held,
        now,
        amount_cents=held.total_cents - held.paid_cents - held.credited_cents,
        reason=why,
        next_try_on=next_try_on.isoformat() if next_try_on else None,
    )


def confirm_payment(held: Held, *, now: datetime) -> None:
    """The bank wants the member: here is the link."""
    _put(
        "confirm_payment",
        held,
        now,
        amount_cents=held.total_cents - held.paid_cents - held.credited_cents,
    )


def _put(template: str, held: Held, now: datetime, **context: object) -> None:
    outbox.put(
        dedupe_key=f"{template}:{held.attempt_id}",
        to=held.email,
        template=template,
        context={
            "name": held.name,
            "invoice_id": str(held.invoice_id),
            "location": held.location_name,
            "zone": held.zone,
            "currency": held.currency,
            **context,
        },
        now=now,
    )
