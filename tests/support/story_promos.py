"""Promotion codes in stories: made by an owner, tried on a pack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.payments import hosted
from billing.sales import promo_list, sales
from billing.sales.promo_list import NewCode
from billing.sales.sales import Placed
from config import clock as time_of
from config.audit import SYSTEM
from config.db import db, run_txn
from membership.models import PromoUse
from membership.plans import promos
from membership.rules.discount import Code
from tests.support.story import Person, Story


def make_code(
    code: str,
    *,
    percent_ppm: int | None = None,
    amount_cents: int | None = None,
    group: Sequence[str] = (),
    **more: Any,
) -> Code:
    """A code of the group of studios, for whatever it sells and for everybody, if not said."""
    terms: dict[str, Any] = {
        "periods": 1,
        "scope": "all",
        "products": (),
        "location_id": None,
        "valid_from": date(2027, 1, 1),
        "valid_until": None,
        "max_uses": None,
    }
    new = NewCode(
        code=code,
        name=f"{code.title()} offer",
        amount_cents=amount_cents,
        percent_ppm=percent_ppm,
        currency="USD" if amount_cents else None,
        group_name="The group" if group else None,
        group=group,
        **(terms | more),
    )
    run_txn(lambda: promo_list.create(new, by=SYSTEM, now=time_of.now()))
    return promos.find(code)


def place_with(
    story: Story, who: Person, code: Code, *, pack: str = "DROP-IN", now: datetime | None = None
) -> Placed:
    """A pack that waits on the card page, made cheaper by a code."""
    return run_txn(
        lambda: sales.place_pack(
            member_id=who.member_id,
            pack_version_id=story.studio.packs[pack],
            location_id=story.place(who.home).id,
            now=now or time_of.now(),
            code=code,
        )
    )


def buy_with(story: Story, who: Person, code: Code, *, pack: str = "DROP-IN") -> UUID:
    """Bought and paid on the card page; its invoice."""
    placed = place_with(story, who, code, pack=pack)
    page = hosted.open_page(placed.attempt_id, gateway=story.gateway, now=time_of.now())
    story.pay(page)
    return placed.invoice_id


def uses() -> list[str]:
    """The states of all uses, in the order in which they were begun."""
    db.session.expire_all()
    return list(db.session.scalars(sa.select(PromoUse.state).order_by(PromoUse.id)))
