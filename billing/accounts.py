"""The Stripe accounts of the house: one for all locations, or one per legal entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from billing.gateway import Gateway
from config.calendar import local_date
from config.db import db
from config.settings import MAIN_ACCOUNT
from locations.models import LegalEntity, Location


@dataclass(frozen=True, slots=True)
class StripeAccount:
    """An account with its door. `names` are those that legal entities call it by.

    `zones` are the time zones of the locations whose money it takes, by location.
    """

    name: str
    gateway: Gateway
    names: frozenset[str]
    zones: Mapping[UUID, str]

    def business_date(self, now: datetime) -> date:
        """The date at the account's westernmost location: its day has begun everywhere."""
        return min(local_date(now, zone) for zone in self.zones.values())


def in_use(gateway: Gateway) -> list[StripeAccount]:
    """Every account that takes some location's money, by name.

    Where the settings name a single account, it takes the money of all.
    """
    rows = db.session.execute(
        sa.select(LegalEntity.stripe_account, Location.id, Location.zone)
        .join(Location, Location.legal_entity_id == LegalEntity.id)
        .order_by(LegalEntity.stripe_account, Location.id)
    ).all()
    doors = gateway.accounts
    found: dict[str, list[sa.Row]] = {}
    for row in rows:
        found.setdefault(row.stripe_account if doors else MAIN_ACCOUNT, []).append(row)
    return [
        StripeAccount(
            name,
            gateway.at(name),
            frozenset(row.stripe_account for row in mine),
            {row.id: row.zone for row in mine},
        )
        for name, mine in found.items()
        if not doors or name in doors
    ]
