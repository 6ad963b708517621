"""Money that goes back: out of goodwill by a manager, or because a bank was asked to take it."""

from __future__ import annotations

from datetime import date
from functools import partial

import sqlalchemy as sa

from billing.models import Invoice, Payment
from billing.refunds import refund_grants, refund_terms
from billing.refunds.refund_grants import Wish
from billing.refunds.refund_terms import Terms
from config.db import db, run_txn
from config.ids import new_id
from demo.life import Life
from locations import people, places

GOODWILL_CENTS = 1_500
WON = 0.4
REASONS = ("The cold room was out of order", "Double booked", "Waited for an hour")


def ask_for_goodwill(life: Life) -> None:
    """A manager gives a little back of the last payment; what was bought stays."""
    found = _last_paid(life)
    if found is None:
        return
    invoice, _ = found
    terms = Terms("goodwill", life.rng.choice(("card", "account_credit")), (), GOODWILL_CENTS)
    on: date = places.business_date(places.get(invoice.location_id), life.world.now)
    by = life.staff("owner")
    assert by.id is not None
    may = people.grants_of(by.id)

    def grant() -> None:
        quote = refund_terms.quote(invoice, terms, on=on)
        wish = Wish(invoice.id, terms, quote.refund_cents, life.rng.choice(REASONS), new_id())
        refund_grants.grant(wish, asked_by=None, grants=may, by=by, now=life.world.now)

    life.tries("goodwill refunds", lambda: run_txn(grant))


def go_to_the_bank(life: Life) -> None:
    """Dispute the last payment; weeks later the bank decides."""
    found = _last_paid(life)
    if found is None:
        return
    _, payment = found
    made = life.world.stripe.control("POST", "disputes", {"charge": payment.charge_id})
    life.count("disputes opened")
    life.later(life.rng.randint(14, 35), partial(_decide, life, str(made["id"])))


def _decide(life: Life, dispute_id: str) -> None:
    status = "won" if life.rng.random() < WON else "lost"
    life.world.stripe.control("POST", f"disputes/{dispute_id}/close", {"status": status})
    life.count(f"disputes {status}")


def _last_paid(life: Life) -> tuple[Invoice, Payment] | None:
    """The newest invoice that a card paid and nobody has touched since."""
    row = db.session.execute(
        sa.select(Invoice, Payment)
        .join(Payment, Payment.invoice_id == Invoice.id)
        .where(
            Invoice.member_id == life.member_id,
            Invoice.state == "paid",
            Invoice.credited_cents == 0,
            Payment.tender == "card",
            Payment.refunded_cents == 0,
        )
        .order_by(Payment.received_at.desc(), Payment.id.desc())
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1])
