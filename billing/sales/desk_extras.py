"""A session beyond the allowance at the desk: the member comes in, and it is charged. An edge."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from billing.invoices import extras
from billing.models import Invoice
from billing.payments import collect, placing
from billing.sales import desk_sales
from billing.sales.desk_sales import Sold
from config import clock
from config.audit import Actor
from config.db import db, run_txn
from config.errors import Refused
from locations.models import Location
from membership.visits import overage


def by_phone(member_id: UUID, *, place: Location, request_key: str | None, by: Actor) -> UUID:
    """Let the member in beyond the allowance and give them the page; returns the invoice."""

    def work() -> UUID:
        invoice_id, made = let_in(member_id, place, request_key, by)
        if made:
            invoice = db.session.get_one(Invoice, invoice_id)
            if invoice.state == "open":
                placing.by_page(invoice, now=clock.now())
            desk_sales.record(invoice_id, "phone", by=by)
        return invoice_id

    return run_txn(work)


def by_card(member_id: UUID, *, place: Location, request_key: str | None, by: Actor) -> Sold:
    """Let the member in beyond the allowance and charge the saved card, as they agreed.

    Refused("not_covered") where no consent says so. A declined card is tried again later, as a
    renewal is, and locks nobody out.
    """

    def work() -> UUID:
        if desk_sales.card_at(member_id, place) is None:
            raise Refused("not_covered", desk_sales.NOT_COVERED)
        invoice_id, made = let_in(member_id, place, request_key, by)
        if made:
            if db.session.get_one(Invoice, invoice_id).consent_id is None:
                raise Refused("not_covered", desk_sales.NOT_COVERED)
            desk_sales.record(invoice_id, "card", by=by)
        return invoice_id

    invoice_id = run_txn(work)
    if (
        desk_sales.state_of(invoice_id) == "paid"
    ):  # by account credit, or when the button was pressed before
        return Sold(invoice_id, "paid")
    settled = collect.collect_now(invoice_id)
    return Sold(
        invoice_id, desk_sales.came(settled.state if settled else desk_sales.state_of(invoice_id))
    )


def let_in(
    member_id: UUID, place: Location, request_key: str | None, by: Actor
) -> tuple[UUID, bool]:
    """Let a member in beyond the allowance: the visit's invoice, and whether this press made it."""
    now = clock.now()
    visit, charge = overage.take(
        member_id,
        location_id=place.id,
        by_account_id=by.id,
        request_key=request_key,
        now=now,
    )
    if charge.state == "due":
        return extras.issue(charge.id, on=visit.business_date, now=now), True
    query = sa.select(Invoice.id).where(Invoice.source_id == charge.id, Invoice.reason == "charge")
    found = db.session.scalar(query)
    if found is None:
        raise Refused("charge_dropped", "This check-in was taken back.")
    return found, False
