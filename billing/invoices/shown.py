"""Statements as the pages write them: words for states, dates and declines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import url_for

from billing.invoices import discount_lines, statements
from billing.invoices.credit_note_list import Note
from billing.invoices.statements import Row, Statement
from billing.models import InvoiceDiscount, InvoiceLine
from billing.payments import tries
from billing.payments.tries import Try
from config.formats import day_short


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


def lines(found: Statement) -> list[dict[str, Any]]:
    """An invoice's lines; what a promotion took off stands below its line."""
    off = discount_lines.of_invoice(found.id)
    return [line(one, off.get(one.n), currency=found.currency) for one in found.lines]


def line(found: InvoiceLine, off: InvoiceDiscount | None, *, currency: str) -> dict[str, Any]:
    """A line of an invoice; its period reads to the day it ends, which is the next one's."""
    details = []
    if found.period_start and found.period_end:
        details.append(f"{day_short(found.period_start)} until {day_short(found.period_end)}")
    if off is not None:
        details.append(discount_lines.words(off, net_cents=found.net_cents, currency=currency))
    return {
        "text": found.description,
        "detail": "; ".join(details) or None,
        "quantity": found.quantity,
        "net_cents": found.net_cents,
        "tax_name": found.tax_name,
        "tax_rate_ppm": found.tax_rate_ppm,
        "tax_cents": found.tax_cents,
    }


def credit_note(found: Note) -> dict[str, Any]:
    """A credit note in the list below its invoice."""
    return {
        "number": found.number,
        "on": found.on,
        "total_cents": found.total_cents,
        "words": found.words,
        "url": url_for("buying.credit_note", note_id=found.id),
    }


def files(found: Statement) -> list[dict[str, str]]:
    """What of an invoice can be kept as a file; a draft is no document yet."""
    if found.number is None:
        return []
    kept = [{"text": "Invoice as PDF", "url": url_for("buying.invoice_pdf", invoice_id=found.id)}]
    if found.payments:
        url = url_for("buying.receipt_pdf", invoice_id=found.id)
        kept.append({"text": "Receipt as PDF", "url": url})
    return kept


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


def reason(invoice_id: UUID) -> str | None:
    """Why the last try did not work, as a member would hear it from a friend."""
    made = tries.of_invoice(invoice_id).made
    why = made[-1].why if made else None
    return why.to_member if why else None


def one_try(found: Try) -> dict[str, Any]:
    """A try at an invoice, in plain words; the codes of banks are not for members."""
    how = "on the card page" if found.on_page else "with the saved card"
    said = {
        "succeeded": f"Paid {how}",
        "sending": f"On its way {how}",
        "action": "Waits for your confirmation",
    }
    why = found.why.to_member if found.why else "nothing was charged"
    text = said.get(found.state, f"Not paid {how}: {why}")
    return {"on": found.on, "text": text}
