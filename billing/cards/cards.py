"""A member's card: entered on Stripe's page, kept once, and put to use at once.

An edge, as checkout is: short transactions around each call to Stripe.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import current_app

from billing.cards import customers
from billing.gateway import Gateway, GatewayRefused, OutcomeUnknown, Session, Throttled
from billing.models import CardSetup, Invoice
from billing.payments import confirmations
from billing.payments.collect import collect_now
from billing.recovery import retries
from billing.rules import checkout as rule
from config.db import db, run_txn
from config.errors import NotFound, Unavailable
from config.ids import new_id
from locations import places
from locations.models import LegalEntity, Location


def update_url(member_id: UUID, *, location: Location, gateway: Gateway, now: datetime) -> str:
    """The address of a page where the member enters a card for charges to come.

    The card serves every location of the same Stripe account. Unavailable where Stripe does
    not answer: nothing has changed then.
    """
    stripe_account = places.stripe_account_of(location)
    setup_id = run_txn(lambda: _begin(member_id, stripe_account, now))
    base_url = current_app.extensions["taper.settings"].base_url
    try:
        params = rule.card_page(
            customer_id=customers.customer_for(
                member_id, stripe_account=stripe_account, gateway=gateway, now=now
            ),
            currency=location.currency,
            setup_id=setup_id,
            member_id=member_id,
            return_url=f"{base_url}/card/return",
            leave_url=f"{base_url}/card",
            asked_at=now,
        )
        session = gateway.at(stripe_account).create_session(params, key=f"su:{setup_id}")
    except (OutcomeUnknown, Throttled, GatewayRefused) as silence:
        raise Unavailable(
            "card_page_unreachable",
            "The card page does not answer just now. Please try again shortly.",
        ) from silence
    run_txn(lambda: _keep_session(setup_id, session.id))
    if session.url is None:
        raise OutcomeUnknown(f"{session.id} has no address")
    return session.url


def finish_setup(session_id: str, *, gateway: Gateway, now: datetime) -> UUID:
    """Make the card that was entered the default and collect what is open; returns the member.

    Whoever asks, and however often: a set-up is used once, so that a late letter about an
    older card changes nothing. NotFound for a session that is not one of ours.
    """
    known_at = db.session.scalar(
        sa.select(CardSetup.stripe_account).where(CardSetup.session_id == session_id)
    )
    try:
        door = gateway.at(known_at) if known_at is not None else gateway
        session = door.retrieve_session(session_id)
    except GatewayRefused as refused:
        raise NotFound("card") from refused
    setup = _setup_of(session, session_id)
    if setup.state == "open" and session.status != "open":
        for invoice_id in run_txn(lambda: _use(setup.id, session, now)):
            confirmations.give_up(invoice_id, gateway=gateway, now=now)
            collect_now(invoice_id)
    return setup.member_id


def _begin(member_id: UUID, stripe_account: str, now: datetime) -> UUID:
    row = CardSetup(
        id=new_id(),
        member_id=member_id,
        stripe_account=stripe_account,
        state="open",
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def _keep_session(setup_id: UUID, session_id: str) -> None:
    db.session.execute(
        sa.update(CardSetup)
        .where(CardSetup.id == setup_id, CardSetup.session_id.is_(None))
        .values(session_id=session_id)
    )


def _setup_of(session: Session, session_id: str) -> CardSetup:
    """Our row, by the session's id or, where that was never stored, by our key inside it."""
    if session.mode != "setup" or session.id != session_id:
        raise NotFound("card")
    by_id = sa.select(CardSetup).where(CardSetup.session_id == session.id)
    found = db.session.scalars(by_id).first()
    if found is None:
        try:
            found = db.session.get(CardSetup, UUID(session.metadata.get("setup", "")))
        except ValueError:
            found = None
    if found is None or found.session_id not in (None, session.id):
        raise NotFound("card")
    return found


def _use(setup_id: UUID, session: Session, now: datetime) -> list[UUID]:
    """Close the set-up and keep its card; returns the open invoices that it is to pay.

    Their attempts are made in the same commit: a crash before they are charged leaves them
    to the next sweep of what is ready.
    """
    card = session.card if session.status == "complete" else None
    if session.status == "complete" and card is None:
        raise OutcomeUnknown(f"{session.id} is complete, and carries no card")
    closed: Any = db.session.execute(
        sa.update(CardSetup)
        .where(CardSetup.id == setup_id, CardSetup.state == "open")
        .values(state="done" if card else "expired", session_id=session.id, finished_at=now)
    )
    if not closed.rowcount or card is None:
        return []
    setup = db.session.get_one(CardSetup, setup_id)
    customers.remember_card(
        setup.member_id, stripe_account=setup.stripe_account, card=card, now=now
    )
    waiting = _open_invoices(setup.member_id, setup.stripe_account)
    for invoice_id in waiting:
        retries.open_try(invoice_id, not_before=now, now=now)
    return waiting


def _open_invoices(member_id: UUID, stripe_account: str) -> list[UUID]:
    """What the member owes at this Stripe account, oldest first."""
    query = (
        sa.select(Invoice.id)
        .join(Location, Location.id == Invoice.location_id)
        .join(LegalEntity, LegalEntity.id == Location.legal_entity_id)
        .where(
            Invoice.member_id == member_id,
            Invoice.state == "open",
            LegalEntity.stripe_account == stripe_account,
        )
    )
    return list(db.session.scalars(query.order_by(Invoice.issued_on, Invoice.id)))
