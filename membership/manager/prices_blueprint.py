"""Where the pages about prices live, and what they have in common."""

from __future__ import annotations

from flask import Blueprint

from config.audit import Actor
from locations import guard

blueprint = Blueprint("prices", __name__, url_prefix="/manage")


def actor() -> Actor:
    """Whoever is signed in, for the journal."""
    account = guard.current_account()
    return Actor(account.id, account.name)
