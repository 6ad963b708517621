"""Paying a sale of the desk on one's own phone: a sealed link that opens one invoice, for a while.

Who holds the link sees what is sold, where and for how much, and nothing of anybody. An edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from billing.models import Invoice, InvoiceLine
from billing.payments import collect, hosted, placing
from billing.payments.hosted import WayBack
from config import clock, links
from config.db import db
from config.errors import NotFound, Refused
from locations import places

PURPOSE = "desk-sale"
# Time to take a phone out. Stripe's page lives for 45 minutes from the sale on, and Stripe makes
# none that would live for less than 30; after that the desk sells again.
LIVES = timedelta(minutes=14)
_REASONS = ("pack", "charge")


@dataclass(frozen=True, slots=True)
class PhoneSale:
    """What the phone shows; amounts in minor units. `state` is waiting, paid or over."""

    invoice_id: UUID
    state: str
    place_name: str
    lines: tuple[str, ...]
    net_cents: int
    tax_cents: int
    total_cents: int
    currency: str


def link(invoice_id: UUID) -> str:
    """The path of the page for a sale; whoever has it may pay, once."""
    return f"/phone/{links.sealed(PURPOSE, invoice_id)}"


def sale(token: str, *, now: datetime) -> PhoneSale:
    """The sale that a link opens. NotFound for a link that was not made here."""
    return of_invoice(links.opened(PURPOSE, token), now=now)


def of_invoice(invoice_id: UUID, *, now: datetime) -> PhoneSale:
    """A sale of the desk. NotFound for an invoice that was not sold there."""
    invoice = db.session.get(Invoice, invoice_id, populate_existing=True)
    if invoice is None or invoice.reason not in _REASONS:
        raise NotFound("payment")
    texts = db.session.scalars(
        sa.select(InvoiceLine.description)
        .where(InvoiceLine.invoice_id == invoice.id)
        .order_by(InvoiceLine.n)
    )
    return PhoneSale(
        invoice_id=invoice.id,
        state=_state(invoice, now),
        place_name=places.get(invoice.location_id).name,
        lines=tuple(texts),
        net_cents=invoice.net_cents,
        tax_cents=invoice.tax_cents,
        total_cents=invoice.total_cents,
        currency=invoice.currency,
    )


def open_page(token: str) -> str:
    """The address of Stripe's page; asked for again it is the same one.

    Refused("link_over") where the sale is paid, taken back or too old, Unavailable where
    Stripe does not answer.
    """
    gateway, now = collect.collecting().gateway, clock.now()
    found = sale(token, now=now)
    if found.state != "waiting":
        raise link_over()
    back = WayBack(f"/phone/{token}/done", f"/phone/{token}")
    attempt_id = placing.page_of(found.invoice_id)
    if attempt_id is None:  # paid or closed since we looked
        raise link_over()
    return hosted.open_page(attempt_id, gateway=gateway, now=now, back=back)


def link_over() -> Refused:
    """The sale is paid, taken back or too old."""
    return Refused("link_over", "This link is used or too old: the desk can make another.")


def came_back(token: str, session_id: str) -> PhoneSale:
    """Look at what the member did on Stripe's page, and write it down as anybody would.

    NotFound for another sale's page. OutcomeUnknown and Throttled pass through.
    """
    invoice_id = links.opened(PURPOSE, token)
    found = hosted.finish(session_id, gateway=collect.collecting().gateway, now=clock.now())
    if found.invoice_id != invoice_id:
        raise NotFound("payment")
    return of_invoice(invoice_id, now=clock.now())


def _state(invoice: Invoice, now: datetime) -> str:
    if invoice.state == "paid":
        return "paid"
    page = placing.page_of(invoice.id)
    if page is None or invoice.state not in ("draft", "open"):
        return "over"
    fresh = now - invoice.created_at < LIVES
    return "waiting" if fresh or placing.is_opened(page) else "over"
