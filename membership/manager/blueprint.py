"""Where these pages live, and what they have in common."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect
from flask import url_for as address_of
from werkzeug.wrappers import Response as Answer

from config.audit import Actor
from locations import guard
from membership.front_desk.desk_member import AtDesk

blueprint = Blueprint("member_acts", __name__, url_prefix="/desk/members/<uuid:member_id>")


def actor() -> Actor:
    """Whoever is signed in, for the journal."""
    account = guard.current_account()
    return Actor(account.id, account.name)


def page(at: AtDesk, endpoint: str, **more: Any) -> dict[str, Any]:
    """What every page of an act is shown."""
    return {
        "member": at.member,
        "place": at.place,
        "kept": at.kept,
        "action": address_of(endpoint, member_id=at.member.member_id),
        "back_url": card_url(at),
        **more,
    }


def back(at: AtDesk) -> Answer:
    """To the member's card, after an act."""
    return redirect(card_url(at), 303)


def card_url(at: AtDesk) -> str:
    """The member's card, found as it was."""
    return f"{at.path()}?{urlencode(at.kept)}"
