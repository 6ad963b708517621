"""Recovers unpaid invoices: when to try again, and when to stop. Tries are dates, not attempts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing import mails
from billing.cards import card_standing
from billing.cards.card_standing import Standing
from billing.gateway.values import Intent
from billing.models import Dunning
from billing.payments.held import Held
from billing.recovery.retries import open_try
from billing.rules import dunning as rule
from billing.rules.decline_words import words
from billing.rules.dunning import Refusal
from config.calendar import local_date
from config.db import db
from locations.upsert import insert_or
from membership.plans import memberships


@dataclass(frozen=True, slots=True)
class Decline:
    """What a try was refused with, and the card it was about where that is known."""

    refusal: Refusal
    payment_method_id: str | None


def decline_of(intent: Intent) -> Decline:
    """What an intent tells of its last decline."""
    said = Refusal(
        intent.decline_code, intent.network_code, intent.advice_code, intent.stripe_advice
    )
    return Decline(said, intent.payment_method_id)


def failed(held: Held, decline: Decline, *, on: date, now: datetime) -> None:
    """A try was declined: plan the next one, let grace begin, tell the member why.

    A card that was replaced while it was being asked is told nothing of: the new one is asked.
    """
    found = _read(held.invoice_id)
    card = card_standing.of_invoice(held.invoice_id)
    decline = _really(held, decline, card, found)
    counted = found is not None and held.state == "action"  # when the bank asked
    tries = min((found.tries if found else 0) + (not counted), rule.MOST_TRIES)
    kind = rule.classify(decline.refusal)
    waits_until = local_date(now + rule.wait_after(decline.refusal.advice_code), held.zone)
    next_try_on = rule.next_try(
        found.opened_on if found else on,
        tries=tries,
        declined_on=on,
        waits_until=waits_until,
        kind=kind,
    )
    _write(held, decline, found, tries=tries, next_try_on=next_try_on, on=on, now=now)
    begin_grace(held, on=on, now=now)
    if kind == "hard" and decline.payment_method_id is not None:
        declined, code = decline.payment_method_id, decline.refusal.code
        card_standing.refuse(card, payment_method_id=declined, code=code)
    if _was_replaced(card, decline) and open_try(held.invoice_id, not_before=now, now=now):
        return
    if held.membership_id is None and next_try_on is None:
        given_up(held.invoice_id, on=on)  # no plan will lapse with it: written off in its time
    why = words(decline.refusal.code, kind).to_member
    mails.payment_failed(held, why=why, next_try_on=next_try_on, now=now)


def asks_member(held: Held, decline: Decline, *, on: date, now: datetime) -> None:
    """The bank wants to hear the member: no try is planned while they are asked."""
    found = _read(held.invoice_id)
    tries = min((found.tries if found else 0) + 1, rule.MOST_TRIES)
    asked = replace(decline, refusal=replace(decline.refusal, code=rule.AUTHENTICATE))
    _write(held, asked, found, tries=tries, next_try_on=None, on=on, now=now)
    begin_grace(held, on=on, now=now)


def begin_grace(held: Held, *, on: date, now: datetime) -> None:
    """Unpaid, but not yet locked out: the member's plan learns of it, once."""
    if held.membership_id is None or held.period_end is None:
        return
    memberships.payment_failed(held.membership_id, period_end=held.period_end, on=on, now=now)


def paid_by_card(held: Held, intent: Intent, *, on: date) -> None:
    """The invoice was paid by card after all: planned tries drop."""
    by = (
        "link"
        if held.kind == "checkout" or held.state == "action"
        else _by_saved_card(held, intent)
    )
    _close(held.invoice_id, "recovered", on, recovered_by=by)


def recovered(invoice_id: UUID, *, on: date) -> None:
    """The invoice was paid by something else than a card: planned tries drop."""
    _close(invoice_id, "recovered", on, recovered_by="other_tender")


def given_up(invoice_id: UUID, *, on: date) -> None:
    """Nothing more will be tried."""
    _close(invoice_id, "given_up", on, recovered_by=None)


def _read(invoice_id: UUID) -> Dunning | None:
    return db.session.get(Dunning, invoice_id, populate_existing=True)


def _by_saved_card(held: Held, intent: Intent) -> str:
    found = _read(held.invoice_id)
    declined = found.declined_card if found is not None else None
    return "retry" if intent.payment_method_id in (None, declined) else "new_card"


def _really(held: Held, decline: Decline, card: Standing, found: Dunning | None) -> Decline:
    """A decline with what it does not tell by itself: which card, and why it is asked no more."""
    if decline.refusal.code == "no_card":
        if card.refused_code is None:
            return decline
        return Decline(Refusal(card.refused_code), card.payment_method_id)
    if held.state == "action" and found is not None:  # asked in vain: nothing was declined anew
        code = decline.refusal.code or rule.AUTHENTICATE
        declined = decline.payment_method_id or found.declined_card
        return Decline(replace(decline.refusal, code=code), declined)
    return replace(decline, payment_method_id=decline.payment_method_id or card.payment_method_id)


def _was_replaced(card: Standing, decline: Decline) -> bool:
    declined = decline.payment_method_id
    return declined is not None and card.payment_method_id not in (None, declined)


def _write(
    held: Held,
    decline: Decline,
    found: Dunning | None,
    *,
    tries: int,
    next_try_on: date | None,
    on: date,
    now: datetime,
) -> None:
    changed: dict[str, Any] = {
        "state": "open",
        "tries": tries,
        "next_try_on": next_try_on,
        "last_code": decline.refusal.code,
        "advice_code": decline.refusal.advice_code,
        "decline_class": rule.classify(decline.refusal),
        "declined_at": now,
        "declined_card": decline.payment_method_id,
        "recovered_by": None,
        "closed_on": None,
    }
    row = changed | {
        "invoice_id": held.invoice_id,
        "location_id": held.location_id,
        "membership_id": held.membership_id,
        "opened_on": found.opened_on if found else on,
        "amount_cents": held.total_cents - held.paid_cents - held.credited_cents,
    }
    upsert = insert_or(Dunning).values(row)
    db.session.execute(upsert.on_conflict_do_update(index_elements=["invoice_id"], set_=changed))


def _close(invoice_id: UUID, state: str, on: date, *, recovered_by: str | None) -> None:
    """What was given up may still be paid; what was recovered stays so."""
    from_states = ["open", "given_up"] if state == "recovered" else ["open"]
    db.session.execute(
        sa.update(Dunning)
        .where(Dunning.invoice_id == invoice_id, Dunning.state.in_(from_states))
        .values(state=state, next_try_on=None, closed_on=on, recovered_by=recovered_by)
    )
