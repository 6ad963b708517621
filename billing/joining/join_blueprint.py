"""Where the pages of joining are gathered, and the way from one to the next."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from billing.joining.join_steps import Astray

blueprint = Blueprint("join", __name__, url_prefix="/join")


@blueprint.errorhandler(Astray)
def _back_on_track(astray: Astray) -> Response:
    return go(url_for(f"join.{astray.step}"))


def go(url: str) -> Response:
    """On to another page; a reload sends nothing twice."""
    return redirect(url, code=303)
