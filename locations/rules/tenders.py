"""Money beside a card at Stripe, as postings: the till, gift cards, credit of an account."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from locations.rules.entries import Entry, Leg, moving

Tender = Literal["cash", "terminal", "gift_card", "account_credit"]
Move = Literal["paid_in", "paid_out", "deposit"]
Counted = Literal["till_opened", "till_closed"]
# Where each tender's money is kept until it pays something, or once it has.
KEPT_IN = {
    "cash": "till",
    "terminal": "till",
    "gift_card": "gift_cards",
    "account_credit": "account_credit",
}


def tender_paid(
    *,
    payment_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    tender: Tender,
    held_at: UUID,
    amount_cents: int,
    invoice_id: UUID,
) -> Entry:
    """An invoice was paid by a tender whose money lies, or is owed, at `held_at`.

    A gift card or credit of another location pays through what the two owe each other.
    """
    return Entry(
        kind="payment",
        source_type="payment",
        source_id=payment_id,
        occurred_on=on,
        currency=currency,
        legs=_spent(KEPT_IN[tender], held_at, "receivable", location_id, amount_cents),
        sold_at=location_id,
        invoice_id=invoice_id,
    )


def tender_given_back(
    *,
    payment_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    tender: Tender,
    held_at: UUID,
    amount_cents: int,
    invoice_id: UUID,
    reason: str,
) -> Entry:
    """The sale that it was to pay came to nothing: the opposite of `tender_paid`."""
    return Entry(
        kind="payment_undone",
        source_type="payment",
        source_id=payment_id,
        occurred_on=on,
        currency=currency,
        legs=_spent(KEPT_IN[tender], held_at, "receivable", location_id, -amount_cents),
        sold_at=location_id,
        invoice_id=invoice_id,
        reason=reason,
    )


def gift_card_cashed(
    *,
    entry_id: UUID,
    on: date,
    currency: str,
    sold_at: UUID,
    paid_at: UUID,
    amount_cents: int,
) -> Entry:
    """What was left on a gift card went out of a till, at `paid_at`."""
    return Entry(
        kind="gift_card_cashed",
        source_type="gift_card_entry",
        source_id=entry_id,
        occurred_on=on,
        currency=currency,
        legs=_spent("gift_cards", sold_at, "till", paid_at, amount_cents),
        sold_at=sold_at,
    )


def credit_granted(
    *,
    entry_id: UUID,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    reason: str,
) -> Entry:
    """Credit that staff gave for nothing: goodwill, owed to the member from now on."""
    return Entry(
        kind="credit_granted",
        source_type="account_credit",
        source_id=entry_id,
        occurred_on=on,
        currency=currency,
        legs=moving(
            Leg("concessions", location_id, amount_cents),
            Leg("account_credit", location_id, -amount_cents),
        ),
        sold_at=location_id,
        reason=reason,
    )


def till_counted(
    *,
    session_id: UUID,
    kind: Counted,
    on: date,
    currency: str,
    location_id: UUID,
    over_cents: int,
) -> Entry:
    """A count differed from what should be there: over is positive, short negative."""
    return Entry(
        kind=kind,
        source_type="till_session",
        source_id=session_id,
        occurred_on=on,
        currency=currency,
        legs=_between("till", "over_short", location_id, over_cents),
    )


def till_float(
    *, session_id: UUID, on: date, currency: str, location_id: UUID, amount_cents: int
) -> Entry:
    """The first cash that a drawer begins with comes from the studio's bank."""
    return Entry(
        kind="till_float",
        source_type="till_session",
        source_id=session_id,
        occurred_on=on,
        currency=currency,
        legs=_between("till", "bank", location_id, amount_cents),
    )


def till_moved(
    *,
    move_id: UUID,
    move: Move,
    on: date,
    currency: str,
    location_id: UUID,
    amount_cents: int,
    reason: str,
) -> Entry:
    """Cash between the drawer and the studio's bank: in, out, or deposited."""
    into_till = amount_cents if move == "paid_in" else -amount_cents
    return Entry(
        kind=f"till_{move}",
        source_type="till_move",
        source_id=move_id,
        occurred_on=on,
        currency=currency,
        legs=_between("till", "bank", location_id, into_till),
        reason=reason,
    )


def terminal_settled(
    *, session_id: UUID, on: date, currency: str, location_id: UUID, amount_cents: int
) -> Entry:
    """The terminal's batch of a session leaves for the bank."""
    return Entry(
        kind="terminal_settled",
        source_type="till_session",
        source_id=session_id,
        occurred_on=on,
        currency=currency,
        legs=_between("bank", "till", location_id, amount_cents),
    )


def _between(debit: str, credit: str, location_id: UUID, cents: int) -> tuple[Leg, ...]:
    return moving(Leg(debit, location_id, cents), Leg(credit, location_id, -cents))


def _spent(
    debit: str, held_at: UUID, credit: str, location_id: UUID, cents: int
) -> tuple[Leg, ...]:
    """From an account of one location to an account of another, through what they owe."""
    if held_at == location_id:
        return moving(Leg(debit, location_id, cents), Leg(credit, location_id, -cents))
    return moving(
        Leg(debit, held_at, cents),
        Leg("due_to", held_at, -cents, str(location_id)),
        Leg("due_from", location_id, cents, str(held_at)),
        Leg(credit, location_id, -cents),
    )
