"""Where these pages live."""

from __future__ import annotations

from flask import Blueprint

from config.audit import Actor
from locations import guard

blueprint = Blueprint("managing", __name__)


def actor() -> Actor:
    """Whoever is signed in, for the journal."""
    account = guard.current_account()
    return Actor(account.id, account.name)
