"""A member buys a gift card online: rows first, then the hosted page. An edge."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from billing.gateway import Gateway
from billing.gift_cards import gift_sales
from billing.payments import hosted
from billing.payments.placing import place_attempt
from billing.sales import checkout
from config.db import run_txn
from config.ids import new_id
from locations.models import Location


def sell(
    *,
    member_id: UUID,
    place: Location,
    amount_cents: int,
    recipient_name: str | None,
    recipient_email: str | None,
    gateway: Gateway,
    now: datetime,
) -> str:
    """The address of the card page; the card opens nothing before it is paid there.

    Account credit buys none. Refused by the amount, Unavailable where Stripe does not answer.
    """
    checkout.close_tills(member_id, gateway=gateway, now=now)

    def work() -> UUID:
        _card, invoice = gift_sales.draft(
            new_id(),
            buyer_member_id=member_id,
            place=place,
            amount_cents=amount_cents,
            recipient_name=recipient_name,
            recipient_email=recipient_email,
            now=now,
        )
        return place_attempt(invoice, now=now)

    return hosted.open_page(run_txn(work), gateway=gateway, now=now)
