"""What a desk does for people beside letting them in: sells, gives for free, takes back, notes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from billing.sales import desk_extras, desk_sales, desk_undo, phone
from config.db import run_txn
from config.errors import Refused
from config.ids import new_id
from demo.life import Life
from demo.world import session_of
from locations.models import Location
from membership.credits import comps
from membership.people import member_notes

BY_PHONE = 0.25
UNDONE_AT_ONCE, UNDONE_LATER = 0.012, 0.006
MOST_FOR_FREE = 2
_NOTES = (
    "Prefers the early slot.",
    "Wears size 39 boots.",
    "Comes with her sister on Saturdays.",
    "Call before closing early: drives in from afar.",
    "Likes the second room.",
)
_WHY_FREE = ("The cold room was out of order", "Waited half an hour", "A thank you for a friend")


def one_more(life: Life, place: Location) -> bool:
    """A session beyond the allowance: by the saved card where that was agreed, or by phone."""
    life.world.meet()
    by = life.staff("desk")
    try:
        if life.rng.random() >= BY_PHONE:
            sold = desk_extras.by_card(life.member_id, place=place, request_key=None, by=by)
            life.count("extra sessions by card")
            if sold.came == "declined":
                life.count("cards declined at the desk")
        else:
            invoice_id = desk_extras.by_phone(life.member_id, place=place, request_key=None, by=by)
            _pay_by_phone(life, invoice_id)
            life.count("extra sessions by phone")
    except Refused as refused:
        life.story.refusals["extra session", refused.code] += 1
        return False
    return True


def sell_pack(life: Life, code: str) -> bool:
    """A pack at the desk, by card where an agreement covers it and by phone elsewhere."""
    life.world.meet()
    by, version_id = life.staff("desk"), life.story.group.packs[code]
    try:
        if life.rng.random() >= BY_PHONE and _by_card(life, version_id):
            life.count(code)
            return True
        invoice_id = desk_sales.pack_by_phone(
            life.member_id, pack_version_id=version_id, place=life.home, by=by
        )
    except Refused as refused:
        life.story.refusals[code, refused.code] += 1
        life.count("refused by name")
        return False
    _pay_by_phone(life, invoice_id)
    life.count(code)
    return True


def perhaps_take_back(life: Life, visit_id: UUID) -> None:
    """Now and then the wrong name was tapped: seen at once, or days later by the manager."""
    luck, now = life.rng.random(), life.world.now
    if luck < UNDONE_AT_ONCE:
        soon = now + timedelta(minutes=life.rng.randint(1, 9))
        life.story.at(soon, lambda: _take_back(life, visit_id))
    elif luck < UNDONE_AT_ONCE + UNDONE_LATER:
        life.later(life.rng.randint(1, 4), lambda: _take_back_later(life, visit_id))


def give_one(life: Life) -> None:
    """A session for free, for a reason that is kept."""
    reason = life.rng.choice(_WHY_FREE)

    def give() -> None:
        comps.give(
            life.member_id,
            location_id=life.home.id,
            sessions=1,
            reason=reason,
            most=MOST_FOR_FREE,
            by=life.staff("desk"),
            on=life.today,
            key=new_id(),
            now=life.world.now,
        )

    life.tries("sessions for free", lambda: run_txn(give))


def take_note(life: Life) -> None:
    """Write down something about them; nothing that concerns health."""
    text = life.rng.choice(_NOTES)

    def keep() -> None:
        member_notes.keep(
            life.member_id,
            text=text,
            location_id=life.home.id,
            by=life.staff("desk"),
            now=life.world.now,
        )

    life.tries("notes on members", lambda: run_txn(keep))


def _by_card(life: Life, version_id: UUID) -> bool:
    seen = desk_sales.packs_of(life.member_id)
    try:
        sold = desk_sales.pack_by_card(
            life.member_id,
            pack_version_id=version_id,
            place=life.home,
            packs_seen=seen,
            by=life.staff("desk"),
        )
    except Refused as refused:
        if refused.code != "not_covered":
            raise
        return False
    if sold.came == "declined":
        life.count("cards declined at the desk")
    else:
        life.count("packs by card at the desk")
    return sold.came == "paid"


def _pay_by_phone(life: Life, invoice_id: UUID) -> None:
    """Scan the code, pay on Stripe's page, and come back to our own."""
    token = phone.link(invoice_id).rpartition("/")[2]
    session_id = session_of(phone.open_page(token))
    life.world.stripe.control("POST", f"checkout/{session_id}/pay", {"token": "pm_card_visa"})
    phone.came_back(token, session_id)
    life.count("payments by phone at the desk")


def _take_back(life: Life, visit_id: UUID) -> None:
    life.tries("check-ins undone", lambda: desk_undo.undo(visit_id, by=life.staff("desk")))


def _take_back_later(life: Life, visit_id: UUID) -> None:
    life.tries(
        "check-ins undone by a manager",
        lambda: desk_undo.undo_later(
            visit_id, reason="It was somebody else of that name", by=life.staff("manager")
        ),
    )
