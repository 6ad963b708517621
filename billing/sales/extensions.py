"""An extension session: one more while the intensive phase goes on, at what it costs there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from billing.rules.invoice import InvoiceAmounts
from billing.sales import quotes
from locations import places
from locations.models import Location
from membership.catalogue import catalog
from membership.journey import starter_view
from membership.rules import windows
from membership.rules.catalog import PackTerms
from membership.rules.packs import last_day


@dataclass(frozen=True, slots=True)
class Offered:
    """What is sold, where, for how much, and its last day were it paid today."""

    terms: PackTerms
    location: Location
    amounts: InvoiceAmounts
    last_day: date | None


def offered(member_id: UUID, *, on: date, now: datetime) -> Offered | None:
    """The extension that the member's running starter allows; none where none is sold there."""
    starter = starter_view.running(member_id, on=on)
    if starter is None:
        return None
    location = places.get(starter.sold_at)
    today = places.business_date(location, now)
    for terms in catalog.offers(location.id, today).packs:
        if terms.kind == "extension":
            until = windows.extension_until(today, window_days=terms.window_days)
            amounts = quotes.pack(terms, location=location, now=now, member_id=member_id)
            return Offered(terms, location, amounts, last_day(until))
    return None
