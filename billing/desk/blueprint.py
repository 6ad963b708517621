"""Where the desk's pages about one member are gathered, and what all of them need."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response

from config.audit import Actor
from config.errors import Refused
from config.problems import wants_problem_document
from locations import guard
from membership.front_desk.desk_member import AtDesk

blueprint = Blueprint("desk_member", __name__, url_prefix="/desk")


def actor() -> Actor:
    """Whoever is signed in, as the audit names them."""
    account = guard.current_account()
    return Actor(account.id, account.name)


def address(seen: AtDesk, *more: str, **query: str) -> str:
    """The member's card or a page below it, with the studio and how they were found."""
    return f"{seen.path(*more)}?{urlencode(seen.kept | query)}"


def back(seen: AtDesk, *more: str) -> Response:
    """To the card again, or to a page below it; a reload sends nothing twice."""
    return redirect(address(seen, *more), 303)


def refused(seen: AtDesk, error: Refused) -> Response:
    """To the card again, with the reason."""
    if wants_problem_document():
        raise error
    flash(error.message, "error")
    return back(seen)
