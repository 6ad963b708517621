"""Hangs billing's means on the application: the door to Stripe, its pace, its hands."""

from __future__ import annotations

from flask import Flask

from billing.gateway import Gateway
from billing.gift_cards import gift_cards
from billing.invoices import documents
from billing.pace import ALL, Pacer, SharedPacer
from billing.payments.collect import Collecting
from billing.recovery.why_unpaid import of_members
from config import mail
from config.clock import lease_now_ms
from config.settings import MAIN_ACCOUNT, Settings

ENDPOINTS = ("create", "confirm", "list")
# Tables can be upgraded and books be read without a key; Stripe refuses this one by its name.
NO_KEY = "sk_test_no_key_is_set"


def init_billing(app: Flask, settings: Settings, *, gateway: Gateway | None) -> None:
    """Build what is not given from the settings; threads and connections begin with use."""
    app.jinja_env.globals["why_unpaid"] = of_members  # for pages of the floors below
    mail.attaching("receipt", documents.enclosed)
    app.jinja_env.filters["gift_card_code"] = gift_cards.shown_code
    accounts = list(settings.stripe_keys)
    app.extensions["taper.collecting"] = Collecting(
        gateway=gateway or _gateway(settings),
        pacer=_pacer(settings, MAIN_ACCOUNT),
        threads=settings.charge_threads,
        lease_ms=settings.lease_s * 1000,
        pacers={name: _pacer(settings, name) for name in accounts} if accounts[1:] else {},
    )


def _gateway(settings: Settings) -> Gateway:
    keys = settings.stripe_keys or {MAIN_ACCOUNT: NO_KEY}
    doors = {
        name: Gateway(
            api_key=key, api_base=settings.stripe_api_base, timeout_s=settings.stripe_timeout_s
        )
        for name, key in keys.items()
    }
    return Gateway.family(doors) if len(doors) > 1 else next(iter(doors.values()))


def _pacer(settings: Settings, account: str) -> Pacer | SharedPacer:
    """One bucket per Stripe account: in this process, or shared by all workers."""
    limits = {
        **dict.fromkeys(ENDPOINTS, float(settings.stripe_rate_per_endpoint)),
        ALL: float(settings.stripe_rate_total),
    }
    if settings.mode == "embedded":
        return Pacer(limits)
    return SharedPacer(limits, account=account, now_ms=lease_now_ms)
