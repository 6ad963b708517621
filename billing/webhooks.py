"""Stripe's letter-box: verify, store by unique id, answer. What letters say is looked up later."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request

from billing import letters
from billing.collect import collecting
from billing.gateway.letters import BadLetter, open_letter
from billing.letters import open_waiting
from config import clock
from config.db import run_txn
from config.http import csrf
from config.settings import Settings
from locations.guard import public

__all__ = ["blueprint", "open_waiting"]

MOST_LETTER_BYTES = 256 * 1024

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")
csrf.exempt(blueprint)  # a letter proves itself by its signature


@blueprint.post("/stripe")
@public
def stripe() -> Response:
    """Keep one letter: 200 once it is stored, whether it is new or not; 400 if it is not signed."""
    request.max_content_length = MOST_LETTER_BYTES
    if (request.content_length or 0) > MOST_LETTER_BYTES:
        abort(413)
    body = request.get_data(cache=False)
    settings: Settings = current_app.extensions["taper.settings"]
    now = clock.now()
    try:
        letter = open_letter(
            body,
            request.headers.get("Stripe-Signature"),
            secrets=[secret.reveal() for secret in settings.stripe_webhook_secrets],
            now_s=int(now.timestamp()),
        )
    except BadLetter:
        abort(400, "This is not a letter from Stripe.")
    expects_live = collecting().gateway.expects_live
    run_txn(lambda: letters.keep(letter, expects_live=expects_live, now=now))
    return Response(status=200)
