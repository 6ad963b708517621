"""The group of studios that the stories know, served over HTTP with the stand-in for Stripe."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from config.secret import Secret
from config.settings import Settings
from locations.models import Location
from stripe_sandbox.launch import Running
from tests.support import databases
from tests.support.studio import PASSWORD

__all__ = ["DESK", "MANAGER", "PASSWORD", "Site", "free_port", "settings_with"]

DESK, MANAGER = "desk.sea@studio.example", "manager.sea@studio.example"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the application answers, and the studio that members come to."""

    url: str
    seattle: Location


def free_port() -> int:
    """A port nobody listens on; the card page must know ours before we listen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settings_with(stripe: Running, *, url: str, port: int, folder: Path) -> Settings:
    """Settings that send cards to the stand-in and members back to this port."""
    return databases.settings_for(
        url,
        folder,
        port=port,
        stripe_api_base=stripe.url,
        stripe_api_key=Secret(stripe.api_key),
        stripe_webhook_secrets=(Secret(stripe.webhook_secret),),
        charge_threads=2,
    )
