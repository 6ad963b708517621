"""Statements as the pages write them: words for states, dates and declines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import url_for

from billing import statements
from billing.models import InvoiceLine
from billing.statements import Row
from config.formats import day_short

# What Stripe says, as a member would hear it from a friend. Others are "declined".
_REASONS = {
    "insufficient_funds": "your card had too little on it",
    "expired_card": "your card has expired",
    "authentication_required": "your bank wants you to confirm it",
    "no_card": "there is no card on file",
}


def row(found: Row) -> dict[str, Any]:
    """An invoice in a list."""
    return {
        "number": found.number,
        "url": url_for("money.invoice", invoice_id=found.id),
        "issued_on": found.issued_on,
        "total_cents": found.total_cents,
        "currency": found.currency,
        "state": found.state,
        "state_text": found.state_text,
        "pay_url": pay_url(found.id, found.state),
    }


def line(found: InvoiceLine) -> dict[str, Any]:
    """A line of an invoice; its period reads to the day it ends, which is the next one's."""
    period = None
    if found.period_start and found.period_end:
        period = f"{day_short(found.period_start)} until {day_short(found.period_end)}"
    return {
        "text": found.description,
        "detail": period,
        "quantity": found.quantity,
        "net_cents": found.net_cents,
        "tax_name": found.tax_name,
        "tax_rate_ppm": found.tax_rate_ppm,
        "tax_cents": found.tax_cents,
    }


def card(member_id: UUID) -> dict[str, Any] | None:
    """The card on file, as Stripe describes it; never a number."""
    found = statements.card_on_file(member_id)
    if found is None:
        return None
    return {
        "brand": found.card_brand,
        "last4": found.card_last4,
        "exp_month": found.card_exp_month,
        "exp_year": found.card_exp_year,
    }


def pay_url(invoice_id: UUID, state: str) -> str | None:
    """Where an open invoice is paid."""
    return url_for("money.pay", invoice_id=invoice_id) if state == "open" else None


def reason(code: str | None) -> str | None:
    """Why the last try did not work, in a few words."""
    return None if code is None else _REASONS.get(code, "your card was declined")
