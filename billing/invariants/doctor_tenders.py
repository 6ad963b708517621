"""Invariants of what is owed to members ahead, and of the tills: the books and the rows agree."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from billing.models import (
    AccountCredit,
    AccountCreditEntry,
    GiftCard,
    GiftCardEntry,
    Invoice,
    Payment,
    Refund,
    TillMove,
    TillSession,
)
from config.doctor import Doctor, breach, differing
from locations.models import LedgerRollup, Location


def register(doctor: Doctor) -> None:
    """Add the invariants about tenders to the doctor."""
    doctor.register("L13", "account credit = what is left of it, per location", _credit)
    doctor.register("L14", "gift cards = what is left on them, per selling location", _cards)
    doctor.register("L15", "the till = what its sessions say is in it, per location", _tills)
    sums = "a balance is the sum of its movements"
    doctor.register("G1", sums, _credit_sums, _credit_strays, _card_sums)
    doctor.register("G2", "a tender paid what its balance lost", _unlike_cards, _unlike_credit)
    doctor.register("G3", "a gift card got back what refunds onto cards sent", _unlike_refunds)


@breach(lambda row: f"{row.slug}: the books owe {row.said} cents of credit, members {row.meant}")
def _credit() -> sa.Select:
    owed = _at_places(AccountCredit.location_id, AccountCredit.balance_cents)
    return differing(_booked("account_credit"), owed).order_by("slug")


@breach(lambda row: f"{row.slug}: the books owe {row.said} cents on gift cards, cards {row.meant}")
def _cards() -> sa.Select:
    owed = _at_places(GiftCard.location_id, GiftCard.balance_cents)
    return differing(_booked("gift_cards"), owed).order_by("slug")


@breach(lambda row: f"{row.slug}: the books have {-row.said} cents in the till, it has {row.meant}")
def _tills() -> sa.Select:
    """What was counted last lies in a closed till; an open one has what came and went since."""
    open_till = TillSession.closed_at.is_(None)
    later = aliased(TillSession)
    last = ~sa.exists().where(
        later.location_id == TillSession.location_id, later.id > TillSession.id
    )
    place = TillSession.location_id
    taken = Payment.source_id == TillSession.id
    given_back = sa.and_(Refund.source_id == TillSession.id, Refund.state == "succeeded")
    paid_out = GiftCardEntry.till_session_id == TillSession.id
    parts = (
        sa.select(place, TillSession.opening_cents).where(open_till),
        sa.select(place, TillSession.counted_cents).where(~open_till, last),
        sa.select(place, Payment.amount_cents).join(Payment, taken).where(open_till),
        sa.select(place, _signed_move()).join(TillMove).where(open_till),
        sa.select(place, -Refund.amount_cents).join(Refund, given_back).where(open_till),
        sa.select(place, GiftCardEntry.amount_cents).join(GiftCardEntry, paid_out).where(open_till),
    )
    everything = sa.union_all(*parts).subquery()
    key, cents = everything.c
    in_tills = sa.select(Location.slug, -cents).join(Location, Location.id == key)
    return differing(_booked("till"), in_tills).order_by("slug")


def _signed_move() -> sa.ColumnElement[int]:
    into = TillMove.kind == "paid_in"
    return sa.case((into, TillMove.amount_cents), else_=-TillMove.amount_cents)


@breach(
    lambda row: (
        f"credit of {row.member_id} at {row.location_id} is {row.said}, it moved {row.meant}"
    )
)
def _credit_sums() -> sa.Select:
    said = sa.select(
        AccountCredit.member_id, AccountCredit.location_id, AccountCredit.balance_cents
    )
    moved = sa.select(
        AccountCreditEntry.member_id,
        AccountCreditEntry.location_id,
        AccountCreditEntry.amount_cents,
    )
    return differing(said, moved)


@breach(lambda row: f"movement {row.id} of account credit is of the wrong sign")
def _credit_strays() -> sa.Select:
    more = AccountCreditEntry.kind.in_(("granted", "restored", "returned"))
    wrong = sa.or_(
        sa.and_(more, AccountCreditEntry.amount_cents <= 0),
        sa.and_(~more, AccountCreditEntry.amount_cents >= 0),
    )
    return sa.select(AccountCreditEntry.id).where(wrong)


@breach(lambda row: f"gift card {row.id} holds {row.said}, its movements say {row.meant}")
def _card_sums() -> sa.Select:
    said = sa.select(GiftCard.id, GiftCard.balance_cents)
    moved = sa.select(GiftCardEntry.gift_card_id.label("id"), GiftCardEntry.amount_cents)
    return differing(said, moved)


@breach(lambda row: f"payment {row.id} by gift card took {row.said}, the card lost {row.meant}")
def _unlike_cards() -> sa.Select:
    return differing(
        _paid_by("gift_card"),
        _moved_for(GiftCardEntry.source_id, GiftCardEntry.amount_cents, GiftCardEntry.kind),
    )


@breach(lambda row: f"payment {row.id} by credit took {row.said}, the credit lost {row.meant}")
def _unlike_credit() -> sa.Select:
    entry = AccountCreditEntry
    return differing(
        _paid_by("account_credit"), _moved_for(entry.source_id, entry.amount_cents, entry.kind)
    )


@breach(lambda row: f"refund {row.id} to a gift card sent {row.said}, a card got {row.meant}")
def _unlike_refunds() -> sa.Select:
    onto_cards = sa.and_(Refund.tender == "gift_card", Refund.state == "succeeded")
    got = sa.select(GiftCardEntry.source_id.label("id"), GiftCardEntry.amount_cents)
    return differing(
        sa.select(Refund.id, Refund.amount_cents).where(onto_cards),
        got.where(GiftCardEntry.kind == "refunded"),
    )


def _paid_by(tender: str) -> sa.Select:
    """What a tender's payments took and kept; one for a sale that was never made kept nothing."""
    undone = sa.case((Invoice.state == "draft", Payment.refunded_cents), else_=0)
    return (
        sa.select(Payment.id, Payment.amount_cents - undone)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.tender == tender)
    )


def _moved_for(
    source: InstrumentedAttribute,
    amount: InstrumentedAttribute[int],
    kind: InstrumentedAttribute[str],
) -> sa.Select:
    return sa.select(source.label("id"), -amount).where(kind.in_(("used", "restored")))


def _booked(account: str) -> sa.Select:
    """An account by location, a liability's side positive."""
    booked = sa.select(Location.slug, LedgerRollup.credit_cents - LedgerRollup.debit_cents)
    return booked.join(Location, Location.id == LedgerRollup.location_id).where(
        LedgerRollup.account == account
    )


def _at_places(place: InstrumentedAttribute, cents: InstrumentedAttribute[int]) -> sa.Select:
    return sa.select(Location.slug, cents).join(Location, Location.id == place)
