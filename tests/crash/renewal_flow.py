"""A renewal run and all that belongs to a studio's day, killed while it works.

Renewal paid, declined, asked for authentication, without a card, unlimited; a conversion's first
charge; a second try; two that cannot be billed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from billing import day
from billing.models import (
    BillingRun,
    Invoice,
    Parked,
    Payment,
    PaymentAttempt,
    StripeCustomer,
)
from billing.payments import collect, janitor
from config.db import db
from config.models import OutboxMessage
from locations import places
from locations.models import LedgerRollup
from membership.models import CreditGrant, Member, MemberPack, Membership
from stripe_sandbox.launch import Running
from tests.crash.flow import Flow, Picture, Way
from tests.crash.letters import bring_letters, client_of
from tests.crash.world import TOO_DEAR, World

LEASE_MS = 121_000
ROUNDS = 6
ABSURD = f"worth {TOO_DEAR * 52 // 12}"[:12]
_NEVER_ASKED = ("requires_payment_method", "requires_confirmation")


class RenewalFlow(Flow):
    """A day's work of Seattle, on the eve of which one member of every kind waits."""

    def build(self) -> None:
        World(self.clock, self.stripe, self.gateway).build()

    def act(self) -> None:
        day.work(places.find("sea").id)

    def recover(self, way: Way) -> None:
        """Run what runs every minute until nothing is left to do."""
        if way.keys_forgotten:
            self.forget_keys()
        if way.letters_first:
            bring_letters(self.stripe)
        self.leases.advance(LEASE_MS)
        sea = places.find("sea")
        for _ in range(ROUNDS):
            day.work(sea.id)
            janitor.look()
            collect.collect_ready()
            if not _unfinished():
                break
            self.leases.advance(LEASE_MS * 40)

    def complaints(self) -> list[str]:
        """The price that a bad import left behind has never been anybody's revenue, as M1 rightly
        says of that plan, and before any crash.
        """
        found = super().complaints()
        return [one for one in found if not (one.startswith("M1") and ABSURD in one)]

    def picture(self, way: Way) -> Picture:
        expected = ("stray_intent",) if way.keys_forgotten else ()
        whose = dict(db.session.execute(sa.select(Member.id, Member.name)).all())
        told: dict[str, list[str]] = defaultdict(list)
        for model, names in _SHOWN.items():
            for row in db.session.scalars(sa.select(model).order_by(model.id)):
                shown = [f"{name}={getattr(row, name)}" for name in names]
                told[whose[row.member_id]].append(f"{model.__tablename__} {' '.join(shown)}")
        for who, line in (*_attempts(), *_messages(), *_at_stripe(whose, way, self.stripe)):
            told[who].append(line)
        told["the books"] = [" ".join(map(str, row)) for row in db.session.execute(_BOOKS)]
        told["the run"] = [" ".join(map(str, row)) for row in db.session.execute(_RUNS)]
        told["parked"] = [
            c for c in db.session.scalars(sa.select(Parked.code)) if c not in expected
        ]
        return {who: sorted(lines) for who, lines in told.items()}


_SHOWN: dict[type, tuple[str, ...]] = {
    Invoice: ("reason", "number", "state", "issued_on", "total_cents", "paid_cents", "closed_on"),
    Membership: ("status", "next_n", "next_due_on", "period_start", "period_end", "grace_until"),
    MemberPack: ("state", "converted_on"),
    CreditGrant: ("product", "state", "quantity", "remaining", "value_cents", "valid_until"),
}
_BOOKS = (
    sa.select(
        LedgerRollup.account,
        LedgerRollup.business_day,
        sa.func.sum(LedgerRollup.debit_cents),
        sa.func.sum(LedgerRollup.credit_cents),
    )
    .group_by(LedgerRollup.account, LedgerRollup.business_day)
    .order_by(LedgerRollup.account, LedgerRollup.business_day)
)
_RUNS = sa.select(
    BillingRun.business_date,
    BillingRun.state,
    BillingRun.issued,
    BillingRun.issued_cents,
    BillingRun.parked,
).order_by(BillingRun.business_date)


def _unfinished() -> bool:
    flying = sa.select(PaymentAttempt.id).where(PaymentAttempt.state.in_(("ready", "sending")))
    running = sa.select(BillingRun.id).where(BillingRun.state == "running")
    return bool(db.session.scalar(sa.select(sa.or_(flying.exists(), running.exists()))))


def _attempts() -> Iterator[tuple[str, str]]:
    query = (
        sa.select(
            Member.name,
            Invoice.number,
            PaymentAttempt.n,
            PaymentAttempt.state,
            PaymentAttempt.decline_code,
            Payment.amount_cents,
            Payment.received_on,
        )
        .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
        .join(Member, Member.id == Invoice.member_id)
        .outerjoin(Payment, Payment.attempt_id == PaymentAttempt.id)
    )
    for who, *rest in db.session.execute(query):
        yield who, f"attempt {' '.join(map(str, rest))}"


def _messages() -> Iterator[tuple[str, str]]:
    query = sa.select(OutboxMessage.to_address, OutboxMessage.template)
    for (to, template), count in Counter(db.session.execute(query).tuples()).items():
        yield to.partition("@")[0], f"{count} messages {template}"


def _at_stripe(whose: dict[Any, str], way: Way, stripe: Running) -> Iterator[tuple[str, str]]:
    """Intents and charges; once keys are forgotten, an intent nobody ever confirmed may stay."""
    client = client_of(stripe)
    query = sa.select(StripeCustomer.customer_id, StripeCustomer.member_id)
    owner = {customer: whose[member] for customer, member in db.session.execute(query)}
    for charge in client.v1.charges.list({"limit": 100}):
        yield owner[charge.customer], f"charge {charge.amount} {charge.status}"
    for intent in client.v1.payment_intents.list({"limit": 100}):
        stray = intent.latest_charge is None and intent.status in _NEVER_ASKED
        if not (way.keys_forgotten and stray):
            yield owner[intent.customer], f"intent {intent.amount} {intent.status}"
