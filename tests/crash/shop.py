"""A small studio, and what its members do before a run: join, leave a card, begin a plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from billing.cards import customers
from billing.gateway import Gateway
from config.calendar import Interval
from config.db import db, transaction
from config.ids import new_id
from locations import places
from locations.models import Location
from membership.agreements import consent_words, consents
from membership.catalogue import product_versions
from membership.models import MemberPack, Membership
from membership.people import members
from membership.plans import memberships
from membership.rules.catalog import PlanPriceTag
from stripe_sandbox.launch import Running
from tests.support import seattle
from tests.support.remembered import remembered


@dataclass(frozen=True, slots=True)
class Shop:
    """Seattle and the versions on sale."""

    sea: Location
    starter: UUID
    two: UUID
    four: UUID
    endless: UUID


@remembered
def open_shop() -> Shop:
    """Seattle, open since 2026, taxing at 10.35 %."""
    with transaction():
        sea = seattle.open_place()
        pack = product_versions.create_pack(code="STARTER-3", kind="starter", name="Starter")
        starter = product_versions.new_pack_version(
            pack.id,
            sessions=3,
            window_days=10,
            first_use_days=14,
            prices={sea.id: 9900},
            effective_from=seattle.SINCE,
        )
        return Shop(
            sea=sea,
            starter=starter.id,
            two=_plan_on_sale(sea, "MAINT-2", 2, 7900),
            four=_plan_on_sale(sea, "MAINT-4", 4, 13900),
            endless=_plan_on_sale(sea, "UNLIMITED", None, 18600),
        )


def join(who: str, shop: Shop, now: datetime) -> UUID:
    """A member of this name at home in Seattle."""
    with transaction():
        return members.register(
            account_id=None,
            name=who,
            email=f"{who}@members.example",
            phone=None,
            home_id=shop.sea.id,
            now=now,
        ).id


def put_card(member_id: UUID, *, stripe: Running, gateway: Gateway, now: datetime) -> str:
    """A good card, saved as a set-up page would have; returns the customer's id."""
    customer_id = customers.customer_for(
        member_id, stripe_account="default", gateway=gateway, now=now
    )
    saved = stripe.control("POST", "cards", {"customer": customer_id, "token": "pm_card_visa"})
    card = gateway.card(saved["id"])
    with transaction():
        customers.remember_card(member_id, stripe_account="default", card=card, now=now)
    return customer_id


def begin_plan(member_id: UUID, version: UUID, shop: Shop, now: datetime) -> UUID:
    """A pending plan, its first period due today; the starter before it is spent."""
    with transaction():
        pack = MemberPack(
            id=new_id(),
            member_id=member_id,
            pack_version_id=shop.starter,
            sold_at=shop.sea.id,
            price_cents=9900,
            currency="USD",
            state="spent",
            created_at=now,
        )
        db.session.add(pack)
        db.session.flush()
        return memberships.start(
            member_id=member_id,
            plan_version_id=version,
            location_id=shop.sea.id,
            consent_id=None,
            on=places.business_date(shop.sea, now),
            now=now,
            member_pack_id=pack.id,
        ).id


def forget_starters() -> None:
    """From now on these plans were begun with the member present, so nobody asks for a notice."""
    with transaction():
        db.session.execute(
            sa.update(Membership).where(Membership.consent_id.is_(None)).values(member_pack_id=None)
        )


def agree(member_id: UUID, shop: Shop, pack_id: UUID, now: datetime) -> None:
    """The member's consent to a plan of two after this starter."""
    words = consent_words.wording(
        plan_version_id=shop.two,
        location_id=shop.sea.id,
        pack_version_id=shop.starter,
        on=places.business_date(shop.sea, now),
    )
    consents.give(
        member_id=member_id,
        plan_version_id=shop.two,
        location_id=shop.sea.id,
        tax_cents=words.tax_cents,
        text=words.text,
        text_version=words.version,
        member_pack_id=pack_id,
        now=now,
        by_account_id=None,
        address="127.0.0.1",
        agent="a browser",
    )


def _plan_on_sale(sea: Location, code: str, allowance: int | None, cents: int) -> UUID:
    plan = product_versions.create_plan(code=code, name=code.title(), tier=allowance or 9)
    return product_versions.new_plan_version(
        plan.id,
        interval=Interval(1, "week"),
        allowance=allowance,
        rollover_cap=0,
        rollover_periods=0,
        prices={sea.id: PlanPriceTag(cents, None)},
        effective_from=seattle.SINCE,
    ).id
