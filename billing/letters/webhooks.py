"""Stripe's letter-box: verify, store by unique id, answer. What letters say is looked up later."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request

from billing.gateway.letters import BadLetter, open_letter
from billing.letters import letters
from billing.payments.collect import collecting
from config import clock
from config.db import run_txn
from config.http import csrf
from config.settings import MAIN_ACCOUNT, Settings
from locations.guard import public

MOST_LETTER_BYTES = 256 * 1024

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")
csrf.exempt(blueprint)  # a letter proves itself by its signature


@blueprint.post("/stripe")
@public
def stripe() -> Response:
    """Keep a letter of the first account: 200 once it is stored, new or not; 400 if unsigned."""
    return _kept(MAIN_ACCOUNT)


@blueprint.post("/stripe/<account>")
@public
def stripe_of(account: str) -> Response:
    """Keep a letter of a named account, signed by that account's own secret."""
    return _kept(account)


def _kept(account: str) -> Response:
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
            secrets=settings.webhook_secrets_of(account),
            now_s=int(now.timestamp()),
        )
    except BadLetter:
        abort(400, "This is not a letter from Stripe.")
    expects_live = collecting().gateway.expects_live
    run_txn(
        lambda: letters.keep(letter, stripe_account=account, expects_live=expects_live, now=now)
    )
    return Response(status=200)
