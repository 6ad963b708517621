"""The proof of a run: rehearsed = issued = in the books = collected at Stripe, figure by figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.models import BillingRun, Invoice, Payment, PaymentAttempt, PaymentIntent
from config.db import db
from config.errors import NotFound
from locations.models import JournalEntry, Location, Posting

NEWEST = 60


@dataclass(frozen=True, slots=True)
class Figure:
    """A count with its sum in minor units."""

    count: int
    cents: int


@dataclass(frozen=True, slots=True)
class Proof:
    """The same run from five sides. `rehearsed` is what was computed before anything was
    written; where a member acted in between, it may differ, and the rest may not.
    """

    rehearsed: Figure | None
    issued: Figure
    invoices: Figure
    books: Figure
    payments: Figure
    stripe: Figure

    @property
    def holds(self) -> bool:
        """Whether invoices, books and payments say the same as the run and as Stripe."""
        return self.issued == self.invoices == self.books and self.payments == self.stripe

    @property
    def as_rehearsed(self) -> bool:
        """Whether it did what was rehearsed, to the cent."""
        return self.rehearsed is None or self.rehearsed == self.issued


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with where its invoices stand now: by state of their newest attempt."""

    id: UUID
    location_id: UUID
    place_name: str
    zone: str
    currency: str
    on: date
    state: str
    resumes: int
    issued: int
    issued_cents: int
    parked: int
    started_at: datetime
    finished_at: datetime | None
    rehearsed: dict[str, Any] | None


def newest(location_ids: Sequence[UUID], *, billed_alone: bool = True) -> list[RunView]:
    """The newest runs of these locations that had something to do, newest first."""
    query = _RUNS.where(BillingRun.location_id.in_(location_ids))
    if billed_alone:
        query = query.where(sa.or_(BillingRun.issued > 0, BillingRun.parked > 0))
    order = (BillingRun.business_date.desc(), Location.name)
    return [RunView(*row) for row in db.session.execute(query.order_by(*order).limit(NEWEST))]


def one(run_id: UUID) -> RunView:
    """A run. Raises NotFound."""
    row = db.session.execute(_RUNS.where(BillingRun.id == run_id)).first()
    if row is None:
        raise NotFound
    return RunView(*row)


def of(run: RunView) -> Proof:
    """The proof of a run as things stand now; money may still be on its way."""
    ids = sa.select(Invoice.id).where(
        Invoice.location_id == run.location_id,
        Invoice.issued_on == run.on,
        Invoice.run_id == run.id,
    )
    return Proof(
        rehearsed=_rehearsed(run),
        issued=Figure(run.issued, run.issued_cents),
        invoices=_figure(sa.select(Invoice.total_cents).where(Invoice.id.in_(ids))),
        books=_figure(
            sa.select(Posting.amount_cents)
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(
                JournalEntry.source_id.in_(ids),
                JournalEntry.kind == "sale",
                Posting.account == "receivable",
            )
        ),
        payments=_figure(
            sa.select(Payment.amount_cents).where(
                Payment.invoice_id.in_(ids), Payment.tender == "card"
            )
        ),
        stripe=_figure(
            sa.select(PaymentIntent.amount_cents).where(
                PaymentIntent.invoice_id.in_(ids), PaymentIntent.state == "succeeded"
            )
        ),
    )


def progress(run: RunView) -> dict[str, int]:
    """How many of a run's charges are ready, being sent, paid, failed, or waiting for a member."""
    newest_try = (
        sa.select(PaymentAttempt.invoice_id, sa.func.max(PaymentAttempt.n).label("n"))
        .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
        .where(
            Invoice.location_id == run.location_id,
            Invoice.issued_on == run.on,
            Invoice.run_id == run.id,
        )
        .group_by(PaymentAttempt.invoice_id)
        .subquery()
    )
    query = (
        sa.select(PaymentAttempt.state, sa.func.count())
        .join(
            newest_try,
            sa.and_(
                newest_try.c.invoice_id == PaymentAttempt.invoice_id,
                newest_try.c.n == PaymentAttempt.n,
            ),
        )
        .group_by(PaymentAttempt.state)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def _rehearsed(run: RunView) -> Figure | None:
    found = (run.rehearsed or {}).get("rehearsed")
    return Figure(found["count"], found["cents"]) if found else None


def _figure(query: sa.Select[Any]) -> Figure:
    amounts = query.subquery()
    column = next(iter(amounts.c))
    total = sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)
    count, cents = db.session.execute(sa.select(sa.func.count(), total).select_from(amounts)).one()
    return Figure(count, int(cents))


_RUNS = sa.select(
    BillingRun.id,
    BillingRun.location_id,
    Location.name,
    Location.zone,
    Location.currency,
    BillingRun.business_date,
    BillingRun.state,
    BillingRun.resumes,
    BillingRun.issued,
    BillingRun.issued_cents,
    BillingRun.parked,
    BillingRun.started_at,
    BillingRun.finished_at,
    BillingRun.proof,
).join(Location, Location.id == BillingRun.location_id)
