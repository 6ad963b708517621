"""What Stripe says it took, against what we say we were paid: the same, both ways. Reads only.

Stripe is listed before our own rows are read, so that what is paid meanwhile is known to us and
not the other way round.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice

import sqlalchemy as sa

from billing import accounts
from billing.gateway import Gateway, GatewayRefused, Intent, OutcomeUnknown, Throttled
from billing.models import (
    Payment,
    PaymentAttempt,
    PaymentIntent,
    ReconcileBreak,
    WebhookEvent,
)
from billing.payments.collect import collecting
from config import clock
from config.db import db
from config.doctor import Doctor
from config.errors import Unavailable

IN_FLIGHT = ("ready", "sending", "action")
NEWEST = 100


def register(doctor: Doctor) -> None:
    """Add the checks that ask Stripe; they belong to `taper doctor --stripe` alone."""
    doctor.register("S1", "what Stripe collected is what we were paid, both ways", _collected)
    doctor.register("S3", "letters and payments are of our own mode, live or test", _modes)


def collected_findings(
    gateway: Gateway, *, asked_at: datetime, names: Collection[str] | None = None
) -> Iterator[str]:
    """A sentence for each payment that only one side knows, or that differs.

    `names` are those of this gateway's account; without them it is the only one. `asked_at` is
    before the call; what was paid later is left to the next look. Raises Unavailable where
    Stripe does not answer.
    """
    until = int(asked_at.timestamp()) + 1
    at_stripe = {
        found.id: found for found in _listed(gateway, until=until) if found.status == "succeeded"
    }
    ours = {row.stripe_id: row for row in db.session.execute(_paid(names))}
    for stripe_id, row in ours.items():
        found = at_stripe.get(stripe_id)
        if found is None and row.received_at < asked_at:
            yield f"payment {row.id} of {row.amount_cents} is not collected at {stripe_id}"
        elif found is not None and _differs(found, row):
            yield (
                f"{stripe_id} took {found.amount_cents} {found.currency} by {found.charge_id}, "
                f"we wrote {row.amount_cents} {row.currency} by {row.charge_id}"
            )
    unknown = at_stripe.keys() - ours.keys() - _in_flight()
    explained = _explained()
    for stripe_id in sorted(unknown):
        found = at_stripe[stripe_id]
        if found.charge_id in explained:
            continue
        yield f"{stripe_id} took {found.amount_cents} {found.currency}, and nothing of ours says so"


def mode_findings(gateway: Gateway, *, asked_at: datetime) -> Iterator[str]:
    """A sentence for each opened letter, and each of the newest intents, of the other mode."""
    until = int(asked_at.timestamp()) + 1
    for found in islice(_listed(gateway, until=until), NEWEST):
        if found.live_mode != gateway.expects_live:
            yield f"{found.id} is of the other mode, live or test"
    wrong = sa.select(WebhookEvent.id).where(
        WebhookEvent.live_mode != gateway.expects_live, WebhookEvent.state == "done"
    )
    for event_id in db.session.scalars(wrong):
        yield f"letter {event_id} of the other mode was opened"


def _collected() -> Iterable[str]:
    for account in accounts.in_use(collecting().gateway):
        yield from collected_findings(account.gateway, asked_at=clock.now(), names=account.names)


def _modes() -> Iterable[str]:
    for account in accounts.in_use(collecting().gateway):
        yield from mode_findings(account.gateway, asked_at=clock.now())


def _listed(gateway: Gateway, *, until: int) -> Iterator[Intent]:
    try:
        yield from gateway.intents_created(since=0, until=until)
    except (OutcomeUnknown, Throttled, GatewayRefused) as silence:
        raise Unavailable("stripe_unreachable", f"Stripe does not answer: {silence}") from silence


def _paid(names: Collection[str] | None) -> sa.Select:
    query = (
        sa.select(
            PaymentIntent.stripe_id,
            Payment.id,
            Payment.charge_id,
            Payment.amount_cents,
            Payment.currency,
            Payment.received_at,
        )
        .join(PaymentAttempt, PaymentAttempt.intent_id == PaymentIntent.id)
        .join(Payment, Payment.attempt_id == PaymentAttempt.id)
    )
    return query if names is None else query.where(PaymentIntent.stripe_account.in_(names))


def _differs(found: Intent, row: sa.Row) -> bool:
    charge_id = found.charge_id or found.id
    return (found.amount_cents, found.currency, charge_id) != (
        row.amount_cents,
        row.currency,
        row.charge_id,
    )


def _explained() -> set[str]:
    """Charges that nothing of ours tells of, and that a person has explained."""
    query = sa.select(ReconcileBreak.subject_key).where(
        ReconcileBreak.kind == "unknown_charge", ReconcileBreak.resolved_by.is_not(None)
    )
    return set(db.session.scalars(query))


def _in_flight() -> set[str]:
    """Intents whose outcome somebody is about to write down: the next look will know them."""
    query = (
        sa.select(PaymentIntent.stripe_id)
        .join(PaymentAttempt, PaymentAttempt.intent_id == PaymentIntent.id)
        .where(PaymentAttempt.state.in_(IN_FLIGHT), PaymentIntent.stripe_id.is_not(None))
    )
    return {stripe_id for stripe_id in db.session.scalars(query) if stripe_id is not None}
