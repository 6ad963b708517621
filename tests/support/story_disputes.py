"""Disputes in a story: what a cardholder and a bank do, and how Stripe's letters about it come."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
import stripe as sdk

from billing.disputes import disputes
from billing.gateway.letters import open_letter
from billing.letters import letters
from billing.models import Dispute, Invoice, Payment
from config import clock as time_of
from config.db import db, run_txn
from tests.support.databases import WEBHOOK_SECRET
from tests.support.story import Person, Story

Order = Callable[[list[dict[str, Any]]], Sequence[dict[str, Any]]]


def charges_of(who: Person) -> list[str]:
    """The charges that a person's payments were taken by, oldest first."""
    query = (
        sa.select(Payment.charge_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Invoice.member_id == who.member_id, Payment.tender == "card")
        .order_by(Payment.received_at, Payment.id)
    )
    return [str(one) for one in db.session.scalars(query)]


def disputes_at_bank(
    story: Story, charge_id: str, *, reason: str = "fraudulent", over_cents: int | None = None
) -> str:
    """A cardholder disputes a charge, or `over_cents` of it; returns the dispute's id. We know
    nothing of it yet.
    """
    given = {"charge": charge_id, "reason": reason}
    over = {} if over_cents is None else {"amount": over_cents}
    found = story.stripe.control("POST", "disputes", given | over)
    return found["id"]


def bank_decides(story: Story, dispute_id: str, status: str) -> None:
    """The bank closes a dispute, "won" or "lost"; we know nothing of it yet."""
    story.stripe.control("POST", f"disputes/{dispute_id}/close", {"status": status})


def look(story: Story, dispute_id: str) -> str:
    """Look at it, as after a letter."""
    return disputes.look(dispute_id, gateway=story.gateway, now=time_of.now())


def opened(story: Story, who: Person) -> str:
    """A person disputes their newest payment, and we learn of it."""
    dispute_id = disputes_at_bank(story, charges_of(who)[-1])
    assert look(story, dispute_id) == "open"
    return dispute_id


def decided(story: Story, dispute_id: str, status: str) -> None:
    """The bank decides, and we learn of it."""
    bank_decides(story, dispute_id, status)
    assert look(story, dispute_id) == status


def the_dispute(who: Person) -> Dispute:
    """The one dispute of a person, read anew."""
    query = sa.select(Dispute).where(Dispute.member_id == who.member_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def told_of_disputes(story: Story) -> list[dict[str, Any]]:
    """Stripe's events about disputes, oldest first."""
    client = sdk.StripeClient(story.stripe.api_key, base_addresses={"api": story.stripe.url})
    listed = client.v1.events.list({"limit": 100})
    found = [json.loads(json.dumps(one.to_dict(), default=str)) for one in listed.data]
    return [one for one in reversed(found) if one["type"].startswith("charge.dispute.")]


def bring(story: Story, events: Sequence[dict[str, Any]]) -> list[str]:
    """Put signed letters into the box in this order, and open what is there."""
    now = time_of.now()
    for event in events:
        body = json.dumps(event)
        stamp = int(now.timestamp())
        header = sdk.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, stamp)
        letter = open_letter(body.encode(), header, secrets=[WEBHOOK_SECRET], now_s=stamp)
        run_txn(
            lambda letter=letter: letters.keep(
                letter, stripe_account="default", expects_live=False, now=now
            )
        )
    return sorted(letters.open_waiting(now, 100, story.gateway).elements())
