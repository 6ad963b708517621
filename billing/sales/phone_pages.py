"""The page that a phone opens from the desk's code: what it costs, then Stripe. An edge.

Nobody signs in here: the link itself is the key, it pays one thing once, and it names nobody.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from billing.gateway import OutcomeUnknown, Throttled
from billing.sales import phone
from config import clock
from config.errors import Refused
from locations import guard

blueprint = Blueprint("phone", __name__, url_prefix="/phone")


@blueprint.get("/<token>")
@guard.public
def look(token: str) -> str:
    """What is paid, and the button."""
    return _page(token, phone.sale(token, now=clock.now()))


@blueprint.post("/<token>")
@guard.public
def pay(token: str) -> Response:
    """On to Stripe's page; a link that is over shows what became of it."""
    phone.sale(token, now=clock.now())  # NotFound before anything else
    try:
        return redirect(phone.open_page(token), 303)
    except Refused:
        return redirect(url_for(".look", token=token), 303)


@blueprint.get("/<token>/done")
@guard.public
def done(token: str) -> str:
    """Back from Stripe's page."""
    try:
        found = phone.came_back(token, request.args.get("session_id", ""))
    except (OutcomeUnknown, Throttled):
        found = phone.sale(token, now=clock.now())
    return _page(token, found)


def _page(token: str, found: phone.PhoneSale) -> str:
    return render_template("billing/phone.html", sale=found, action=url_for(".pay", token=token))
