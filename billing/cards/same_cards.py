"""Starters that were paid with a card which had paid for somebody else's: sold, and reported.

Families share cards, so a card alone refuses nobody; what is compared is the fingerprint that
the card's vendor gives.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from billing.models import Invoice, PaymentIntent
from config.db import db
from locations.models import Location
from membership.models import Member, MemberPack, Pack, PackVersion

MOST = 500


@dataclass(frozen=True, slots=True)
class SameCard:
    """A starter whose card had paid for an earlier one, of another person as far as known."""

    on: date
    member_id: UUID
    name: str
    location_id: UUID
    place_name: str
    earlier_on: date
    earlier_member_id: UUID
    earlier_name: str
    earlier_location_id: UUID
    earlier_place_name: str


def starters(location_ids: Collection[UUID]) -> list[SameCard]:
    """Such starters sold at these locations, newest first; in one query."""
    later, earlier = _bought("later"), _bought("earlier")
    query = (
        sa.select(later, earlier)
        .join(earlier, earlier.c.card == later.c.card)
        .where(
            later.c.location_id.in_(list(location_ids)),
            earlier.c.person != later.c.person,
            earlier.c.pack_id < later.c.pack_id,
        )
        .order_by(later.c.pack_id.desc(), earlier.c.pack_id)
        .limit(MOST)
    )
    return [
        SameCard(
            on=row.bought_on,
            member_id=row.person,
            name=row.name,
            location_id=row.location_id,
            place_name=row.place_name,
            earlier_on=row.bought_on_1,
            earlier_member_id=row.person_1,
            earlier_name=row.name_1,
            earlier_location_id=row.location_id_1,
            earlier_place_name=row.place_name_1,
        )
        for row in db.session.execute(query)
    ]


def _bought(name: str) -> sa.Subquery:
    """Every paid starter with the fingerprint of its card and the person it belongs to now."""
    person = aliased(Member)
    return (
        sa.select(
            MemberPack.id.label("pack_id"),
            MemberPack.purchased_on.label("bought_on"),
            person.id.label("person"),
            person.name.label("name"),
            MemberPack.sold_at.label("location_id"),
            Location.name.label("place_name"),
            PaymentIntent.card_fingerprint.label("card"),
        )
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .join(Location, Location.id == MemberPack.sold_at)
        .join(Invoice, (Invoice.source_id == MemberPack.id) & (Invoice.reason == "pack"))
        .join(PaymentIntent, PaymentIntent.invoice_id == Invoice.id)
        .join(Member, Member.id == MemberPack.member_id)
        .join(person, person.id == sa.func.coalesce(Member.merged_into_id, Member.id))
        .where(
            Pack.kind == "starter",
            MemberPack.purchased_on.is_not(None),
            PaymentIntent.card_fingerprint.is_not(None),
        )
        .subquery(name)
    )
