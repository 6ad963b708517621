"""Every try at an invoice, as its member and its manager read it; and what is planned next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from billing.models import Dunning, Invoice, PaymentAttempt
from billing.rules.decline_words import Words, words
from billing.rules.dunning import Refusal, classify
from config.calendar import local_date
from config.db import db
from locations.models import Location

STATE_TEXTS = {
    "ready": "Planned",
    "sending": "On its way",
    "action": "Waits for the member",
    "succeeded": "Paid",
    "failed": "Failed",
}


@dataclass(frozen=True, slots=True)
class Try:
    """One try on the studio's date `on`; codes are for those who look into it, not for members.

    `decline_class` is empty for one that was not declined.
    """

    on: date
    on_page: bool
    state: str
    code: str | None
    network_code: str | None
    advice_code: str | None
    decline_class: str

    @property
    def state_text(self) -> str:
        return STATE_TEXTS[self.state]

    @property
    def why(self) -> Words | None:
        """Why it did not bring the money, in words; none where it did, or where nobody knows."""
        return words(self.code, self.decline_class) if self.decline_class else None


@dataclass(frozen=True, slots=True)
class Tries:
    """All of an invoice's tries, oldest first, and the date of the next planned one."""

    made: tuple[Try, ...]
    next_on: date | None

    @property
    def worth_telling(self) -> bool:
        """Whether anything but a payment at the first try has happened."""
        return self.next_on is not None or any(one.state != "succeeded" for one in self.made)


def of_invoice(invoice_id: UUID) -> Tries:
    """The tries of an invoice, on the dates of its studio."""
    rows = db.session.execute(
        sa.select(PaymentAttempt, Location.zone)
        .join(Location, Location.id == PaymentAttempt.location_id)
        .where(PaymentAttempt.invoice_id == invoice_id)
        .order_by(PaymentAttempt.n)
        .execution_options(populate_existing=True)
    ).all()
    made = tuple(_try(attempt, zone) for attempt, zone in rows if attempt.state != "ready")
    return Tries(made, next_on([invoice_id]).get(invoice_id))


def next_on(invoice_ids: list[UUID]) -> dict[UUID, date]:
    """When each of these open invoices is tried next, where a try is planned or begun."""
    ready = sa.and_(PaymentAttempt.invoice_id == Invoice.id, PaymentAttempt.state == "ready")
    rows = db.session.execute(
        sa.select(Invoice.id, Dunning.next_try_on, PaymentAttempt.not_before, Location.zone)
        .join(Location, Location.id == Invoice.location_id)
        .outerjoin(Dunning, sa.and_(Dunning.invoice_id == Invoice.id, Dunning.state == "open"))
        .outerjoin(PaymentAttempt, ready)
        .where(Invoice.id.in_(invoice_ids), Invoice.state == "open")
    )
    found = {
        row.id: local_date(row.not_before, row.zone) if row.not_before else row.next_try_on
        for row in rows
    }
    return {invoice_id: on for invoice_id, on in found.items() if on is not None}


def _try(attempt: PaymentAttempt, zone: str) -> Try:
    at = attempt.finished_at or attempt.sent_at or attempt.created_at
    refusal = Refusal(attempt.decline_code, attempt.network_code, attempt.advice_code)
    return Try(
        on=local_date(at, zone),
        on_page=attempt.kind == "checkout",
        state=attempt.state,
        code=attempt.decline_code,
        network_code=attempt.network_code,
        advice_code=attempt.advice_code,
        decline_class=classify(refusal) if attempt.state in ("failed", "action") else "",
    )
