"""Stripe's letters, as they arrive after a crash; and what Stripe itself says it holds."""

from __future__ import annotations

import json

import stripe as sdk

from billing.gateway.letters import open_letter
from billing.letters import letters
from billing.payments import collect
from config import clock
from config.db import run_txn
from stripe_sandbox.launch import Running
from tests.support.databases import WEBHOOK_SECRET

LONG = 500


def bring_letters(stripe: Running, *, about: str = "") -> None:
    """Every event of today whose type begins so, as Stripe sends it, opened as far as can be."""
    keep_letters(stripe, about=about)
    letters.open_waiting(clock.now(), LONG, collect.collecting().gateway)


def keep_letters(stripe: Running, *, about: str = "") -> None:
    """The same letters in the box, and nobody has opened one."""
    now = clock.now()
    stamp = int(now.timestamp())
    listed = client_of(stripe).v1.events.list({"created": {"gte": stamp}, "limit": 100})
    for event in listed.auto_paging_iter():
        if not event.type.startswith(about):
            continue
        body = json.dumps(event.to_dict(), default=str)
        header = sdk.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, stamp)
        letter = open_letter(body.encode(), header, secrets=[WEBHOOK_SECRET], now_s=stamp)
        run_txn(
            lambda letter=letter: letters.keep(
                letter, stripe_account="default", expects_live=False, now=now
            )
        )


def charged(stripe: Running) -> list[str]:
    """Every charge at Stripe: cents and what became of it."""
    found = client_of(stripe).v1.charges.list({"limit": 100})
    return sorted(f"{charge.amount} {charge.status}" for charge in found)


def client_of(stripe: Running) -> sdk.StripeClient:
    """Stripe's own library, without the product's door around it."""
    return sdk.StripeClient(stripe.api_key, base_addresses={"api": stripe.url})
