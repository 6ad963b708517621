"""Hangs billing's means on the application: the door to Stripe, its pace, its hands."""

from __future__ import annotations

from flask import Flask

from billing.collect import Collecting
from billing.gateway import Gateway
from billing.pace import ALL, Pacer, SharedPacer
from config.clock import lease_now_ms
from config.settings import Settings

ENDPOINTS = ("create", "confirm")
# Tables can be upgraded and books be read without a key; Stripe refuses this one by its name.
NO_KEY = "sk_test_no_key_is_set"


def init_billing(app: Flask, settings: Settings, *, gateway: Gateway | None) -> None:
    """Build what is not given from the settings; threads and connections begin with use."""
    app.extensions["taper.collecting"] = Collecting(
        gateway=gateway or _gateway(settings),
        pacer=_pacer(settings),
        threads=settings.charge_threads,
        lease_ms=settings.lease_s * 1000,
    )


def _gateway(settings: Settings) -> Gateway:
    return Gateway(
        api_key=settings.stripe_api_key.reveal() if settings.stripe_api_key else NO_KEY,
        api_base=settings.stripe_api_base,
        timeout_s=settings.stripe_timeout_s,
    )


def _pacer(settings: Settings) -> Pacer | SharedPacer:
    """One bucket per Stripe account: in this process, or shared by all workers."""
    limits = {
        **dict.fromkeys(ENDPOINTS, float(settings.stripe_rate_per_endpoint)),
        ALL: float(settings.stripe_rate_total),
    }
    if settings.mode == "embedded":
        return Pacer(limits)
    return SharedPacer(limits, account="default", now_ms=lease_now_ms)
