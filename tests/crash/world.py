"""Seattle on the eve of a renewal run: one member of every kind that a run can meet.

All of it was made by the services and charged at the stand-in; only what is broken was broken by
hand. Noon in Seattle is 20:00 UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa

from billing import day
from billing.gateway import Gateway
from billing.models import StripeCustomer
from billing.sales import sales
from config import mail_delivery
from config.clock import SimulatedClock
from config.db import db, transaction
from membership.models import Member, Membership
from stripe_sandbox.launch import Running
from tests.crash.paying import check_in, pay_page
from tests.crash.shop import Shop, agree, begin_plan, forget_starters, join, open_shop, put_card

BEFORE_ALL = datetime(2027, 1, 4, 20, tzinfo=UTC)
RUN_AT = datetime(2027, 1, 14, 20, tzinfo=UTC)
TOO_DEAR = 9_200_000_000_000_000_000  # with tax more than a column of cents can hold


class World:
    """Builds the group's state, moving both clocks as it goes."""

    def __init__(self, clock: SimulatedClock, stripe: Running, gateway: Gateway) -> None:
        self._clock = clock
        self._stripe = stripe
        self._gateway = gateway

    def build(self) -> None:
        """Ten days up to the eve of the run, which is at noon of the fourteenth of January."""
        shop = open_shop()
        self._move(BEFORE_ALL)
        self._starter(shop, "convert")
        self._live_to(_noon(4), shop)
        self._live_to(_noon(5), shop)
        self._plan(shop, "late", shop.two, _answers("insufficient_funds", first=12, until=14))
        self._live_to(_noon(7), shop)
        self._plan(shop, "dear", shop.two)
        self._plan(shop, "paid", shop.two)
        self._plan(shop, "declined", shop.two, _answers("insufficient_funds", first=14))
        self._plan(shop, "asked", shop.four, _answers("authentication_required", first=14))
        self._plan(shop, "endless", shop.endless)
        self._plan(shop, "cardless", shop.two)
        self._plan(shop, "foreign", shop.two)
        self._live_to(_noon(7), shop)
        self._live_to(_noon(13), shop)
        forget_starters()
        self._break()
        self._move(RUN_AT)

    def _live_to(self, now: datetime, shop: Shop) -> None:
        self._move(now)
        day.work(shop.sea.id)
        mail_delivery.deliver_due(now)
        day.work(shop.sea.id)

    def _move(self, now: datetime) -> None:
        self._clock.set(now)
        self._stripe.control("POST", "clock", {"now": now.isoformat()})

    def _plan(
        self, shop: Shop, who: str, version: UUID, steps: list[dict[str, str]] | None = None
    ) -> None:
        """A plan that follows a starter, whose days before this story are not told."""
        now = self._clock.now()
        member_id = join(who, shop, now)
        customer_id = put_card(member_id, stripe=self._stripe, gateway=self._gateway, now=now)
        if steps:
            self._stripe.control("POST", "scripts", {"customer": customer_id, "steps": steps})
        begin_plan(member_id, version, shop, now)

    def _starter(self, shop: Shop, who: str) -> None:
        """A starter bought on the hosted page with its consent, and opened the same day."""
        now = self._clock.now()
        member_id = join(who, shop, now)
        with transaction():
            placed = sales.place_pack(
                member_id=member_id, pack_version_id=shop.starter, location_id=shop.sea.id, now=now
            )
            agree(member_id, shop, placed.source_id, now)
        pay_page(placed.attempt_id, stripe=self._stripe, gateway=self._gateway, now=now)
        check_in(member_id, shop.sea, now)

    def _break(self) -> None:
        """What a bug or a bad import might leave behind, on the eve of the run."""
        with transaction():
            _change(Membership, "dear", price_cents=TOO_DEAR)
            _change(Membership, "foreign", currency="EUR")
            _change(StripeCustomer, "cardless", payment_method_id=None)


def _change(model: type[Membership] | type[StripeCustomer], who: str, **values: object) -> None:
    theirs = sa.select(Member.id).where(Member.name == who).scalar_subquery()
    db.session.execute(sa.update(model).where(model.member_id == theirs).values(values))


def _answers(outcome: str, *, first: int, until: int = 31) -> list[dict[str, str]]:
    """A card that answers so from one day of January until another."""
    return [
        {
            "outcome": outcome,
            "from": f"2027-01-{first:02}T00:00:00+00:00",
            "until": f"2027-01-{until:02}T00:00:00+00:00",
        }
    ]


def _noon(day_of_january: int) -> datetime:
    return datetime(2027, 1, day_of_january, 20, tzinfo=UTC)
