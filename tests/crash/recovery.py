"""What an operator's machines do after a crash, and what the world looks like after that."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
import stripe as sdk
from flask import current_app

from billing import collect, day, janitor, letters
from billing.gateway.letters import open_letter
from billing.models import (
    BillingRun,
    Invoice,
    Parked,
    Payment,
    PaymentAttempt,
    StripeCustomer,
)
from billing.reconcile import collected_findings
from config import clock
from config.clock import ManualLeaseClock
from config.db import db, run_txn
from config.models import OutboxMessage
from locations import places
from locations.models import LedgerRollup
from membership.models import CreditGrant, Member, MemberPack, Membership
from stripe_sandbox.launch import Running
from tests.crash.world import TOO_DEAR
from tests.support.databases import WEBHOOK_SECRET

LEASE_MS = 121_000
ROUNDS = 6
_NEVER_ASKED = ("requires_payment_method", "requires_confirmation")


class Way(NamedTuple):
    """How recovery goes: whether Stripe's letters come before all else, or never; and whether
    Stripe has forgotten the keys of the first try.
    """

    letters_first: bool
    keys_forgotten: bool


def recover(way: Way, *, stripe: Running, leases: ManualLeaseClock) -> None:
    """Run what runs every minute until nothing is left to do."""
    if way.keys_forgotten:
        later = clock.now() + timedelta(hours=25)
        stripe.control("POST", "clock", {"now": later.isoformat()})
    if way.letters_first:
        _bring_letters(stripe)
    leases.advance(LEASE_MS)
    sea = places.find("sea")
    for _ in range(ROUNDS):
        day.work(sea.id)
        janitor.look()
        collect.collect_ready()
        if not _unfinished():
            break
        leases.advance(LEASE_MS * 40)


ABSURD = f"worth {TOO_DEAR * 52 // 12}"[:12]


def complaints() -> list[str]:
    """What the doctor finds, and what Stripe and we tell apart.

    The price that a bad import left behind has never been anybody's revenue, as M1 rightly
    says of that plan, and before any crash.
    """
    doctor = current_app.extensions["taper.doctor"]
    found = [f"{f.code}: {text}" for f in doctor.examine() for text in f.violations]
    found = [one for one in found if not (one.startswith("M1") and ABSURD in one)]
    asked_at = clock.now() + timedelta(days=2)
    gateway = collect.collecting().gateway
    return found + [f"S1: {text}" for text in collected_findings(gateway, asked_at=asked_at)]


def picture(way: Way, *, stripe: Running) -> dict[str, Any]:
    """Everything that must be the same whether or not something died on the way."""
    expected = ("stray_intent",) if way.keys_forgotten else ()
    whose = dict(db.session.execute(sa.select(Member.id, Member.name)).all())
    told: dict[str, list[str]] = defaultdict(list)
    for model, names in _SHOWN.items():
        for row in db.session.scalars(sa.select(model).order_by(model.id)):
            shown = [f"{name}={getattr(row, name)}" for name in names]
            told[whose[row.member_id]].append(f"{model.__tablename__} {' '.join(shown)}")
    for who, line in (*_attempts(), *_messages(), *_at_stripe(whose, way, stripe)):
        told[who].append(line)
    told["the books"] = [" ".join(map(str, row)) for row in db.session.execute(_BOOKS)]
    told["the run"] = [" ".join(map(str, row)) for row in db.session.execute(_RUNS)]
    told["parked"] = [c for c in db.session.scalars(sa.select(Parked.code)) if c not in expected]
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


def _bring_letters(stripe: Running) -> None:
    """Every event of the run, as Stripe sends it, opened until none is left for now."""
    client = _client(stripe)
    since = int(clock.now().timestamp())
    listed = client.v1.events.list({"created": {"gte": since}, "limit": 100})
    now = clock.now()
    for event in listed.auto_paging_iter():
        body = json.dumps(event.to_dict(), default=str)
        stamp = int(now.timestamp())
        digest = sdk.WebhookSignature._compute_signature(f"{stamp}.{body}", WEBHOOK_SECRET)
        letter = open_letter(
            body.encode(), f"t={stamp},v1={digest}", secrets=[WEBHOOK_SECRET], now_s=stamp
        )
        run_txn(
            lambda letter=letter: letters.keep(
                letter, stripe_account="default", expects_live=False, now=now
            )
        )
    letters.open_waiting(now, 500, collect.collecting().gateway)


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
    client = _client(stripe)
    query = sa.select(StripeCustomer.customer_id, StripeCustomer.member_id)
    owner = {customer: whose[member] for customer, member in db.session.execute(query)}
    for charge in client.v1.charges.list({"limit": 100}):
        yield owner[charge.customer], f"charge {charge.amount} {charge.status}"
    for intent in client.v1.payment_intents.list({"limit": 100}):
        stray = intent.latest_charge is None and intent.status in _NEVER_ASKED
        if not (way.keys_forgotten and stray):
            yield owner[intent.customer], f"intent {intent.amount} {intent.status}"


def _client(stripe: Running) -> sdk.StripeClient:
    return sdk.StripeClient(stripe.api_key, base_addresses={"api": stripe.url})
