"""What a member is told about their plan, put into the outbox within the act's own commit.

Dates travel as they are read: a mail renders without knowing a locale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from config import outbox
from config.db import db
from config.formats import day
from locations import places
from membership.models import Member, Membership, Plan, PlanVersion


def cancelled(
    membership: Membership,
    *,
    last_access_on: date,
    now: datetime,
    refund: str = "",
    refund_by: date | None = None,
    still_charged_on: Sequence[date] = (),
) -> None:
    """Confirms a cancellation with the last day of access, and what goes back by when.

    `still_charged_on`: where notice or commitment let it renew before it ends.

    Once for each cancellation: one that was taken back may be followed by another.
    """
    _once(
        membership,
        "membership_cancelled",
        about=now.isoformat(),
        now=now,
        last_access_on=day(last_access_on),
        refund=refund,
        refund_by=day(refund_by) if refund_by else "",
        still_charged_on=", ".join(day(on) for on in still_charged_on),
    )


def given_back(membership: Membership, *, refund: str, refund_by: date, now: datetime) -> None:
    """A cancelled plan has ended: what was unused goes back, by when."""
    _once(
        membership,
        "plan_given_back",
        about=now.isoformat(),
        now=now,
        refund=refund,
        refund_by=day(refund_by),
    )


def location_closes(membership: Membership, *, closes_on: date, now: datetime) -> None:
    """The studio closes: move, or what is unused goes back."""
    _once(
        membership,
        "location_closes",
        about=closes_on.isoformat(),
        now=now,
        closes_on=day(closes_on),
    )


def cancel_undone(membership: Membership, *, now: datetime) -> None:
    """Confirms that a cancelled plan goes on, with its next charge's date."""
    _once(
        membership,
        "cancel_undone",
        about=now.isoformat(),
        now=now,
        next_due_on=day(membership.next_due_on),
    )


def locked(membership: Membership, *, now: datetime) -> None:
    """The plan's sessions rest until the open invoice is paid; packs still work."""
    about = membership.period_end or membership.anchor
    _once(membership, "membership_locked", about=about.isoformat(), now=now)


def about_plan(
    membership: Membership, template: str, *, key: str, told: Mapping[str, Any], now: datetime
) -> None:
    """Put a letter about a held plan into the outbox, once per key: its name and studio, and what
    else is `told`.
    """
    member = db.session.get_one(Member, membership.member_id)
    version = db.session.get_one(PlanVersion, membership.plan_version_id)
    outbox.put(
        dedupe_key=key,
        to=member.email,
        template=template,
        context={
            "name": member.name,
            "plan_name": db.session.get_one(Plan, version.plan_id).name,
            "place_name": places.get(membership.location_id).name,
            **told,
        },
        now=now,
    )


def _once(membership: Membership, template: str, *, about: str, now: datetime, **told: str) -> None:
    key = f"{template}:{membership.id}:{about}"
    about_plan(membership, template, key=key, told=told, now=now)
