"""A member in front of Stripe's page, and a visit afterwards."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from billing.gateway import Gateway
from billing.payments import hosted
from billing.sales import sales
from config.db import transaction
from locations.models import Location
from membership.visits import visits
from stripe_sandbox.launch import Running
from tests.crash.shop import Shop


def buy_starter(
    member_id: UUID, shop: Shop, *, stripe: Running, gateway: Gateway, now: datetime
) -> None:
    """Bought on the page, paid there, and opened the same day."""
    with transaction():
        placed = sales.place_pack(
            member_id=member_id, pack_version_id=shop.starter, location_id=shop.sea.id, now=now
        )
    pay_page(placed.attempt_id, stripe=stripe, gateway=gateway, now=now)
    check_in(member_id, shop.sea, now)


def pay_page(attempt_id: UUID, *, stripe: Running, gateway: Gateway, now: datetime) -> None:
    """Open the attempt's page, pay there, come back."""
    url = hosted.open_page(attempt_id, gateway=gateway, now=now)
    session_id = url.rpartition("/")[2]
    stripe.control("POST", f"checkout/{session_id}/pay", {"token": "pm_card_visa"})
    hosted.finish(session_id, gateway=gateway, now=now)


def check_in(member_id: UUID, place: Location, now: datetime) -> None:
    """One visit, with whatever the member has."""
    with transaction():
        visits.check_in(
            member_id, location_id=place.id, by_account_id=None, request_key=None, now=now
        )
