"""Packs as members hold them: bought, opened by the first session, used up or expired."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import Refused
from config.ids import new_id
from locations import places
from membership.catalogue import catalog
from membership.credits import credits
from membership.journey import starters
from membership.models import CreditGrant, MemberPack, Membership, Pack, PackVersion
from membership.packs import windows
from membership.packs.pack_rows import locked, version_of
from membership.people import members
from membership.rules import pack_status
from membership.rules import packs as rules
from membership.rules import windows as window_rules
from membership.rules.catalog import PackTerms
from membership.rules.packs import Buyer, Starter


def open_draft(
    *, member_id: UUID, pack_version_id: UUID, location_id: UUID, now: datetime, off_cents: int = 0
) -> MemberPack:
    """A pack about to be paid, at today's listed price; no credits before the money.

    `off_cents` is what a promotion takes off that price, before tax: sessions are worth the rest.

    Raises Refused by name where the pack is not for this member, is no longer sold, or where
    another starter of theirs waits for its payment (billing closes that one first).
    """
    members.lock(member_id)
    place = places.get(location_id)
    on = places.business_date(place, now)
    terms = _listed(pack_version_id, location_id, on)
    leave = None
    if terms.kind == "starter":
        if starters.waits(member_id):
            raise Refused("purchase_waiting", rules.REFUSALS["purchase_waiting"])
        leave = starters.leave_for(member_id, location_id=location_id)
    buyer = _buyer(member_id, may_again=leave is not None)
    rules.require_may_buy(terms.kind, buyer, on=on)
    pack = MemberPack(
        id=new_id(),
        member_id=member_id,
        pack_version_id=pack_version_id,
        sold_at=location_id,
        price_cents=terms.price_cents - off_cents,
        currency=terms.currency,
        state="draft",
        extends_id=_running_starter(member_id) if terms.kind == "extension" else None,
        created_at=now,
    )
    db.session.add(pack)
    db.session.flush()
    if leave is not None and buyer.had_starter:
        leave.member_pack_id = pack.id
        db.session.flush()
    return pack


def paid(
    member_pack_id: UUID, *, on: date, now: datetime
) -> Literal["granted", "already", "cancelled"]:
    """The money is there: the sessions are granted, worth the pack's price before tax.

    Told twice it grants once. "cancelled": nothing was granted, the money is to be parked.
    """
    pack = locked(member_pack_id)
    if pack.state != "draft":
        return "cancelled" if pack.state == "cancelled" else "already"
    version, product = version_of(pack)
    pack.state = pack_status.require(pack.state, "paid")
    pack.purchased_on = on
    pack.first_use_by = rules.first_use_by(on, first_use_days=version.first_use_days)
    if pack.extends_id is not None:
        # An extension is valid from its purchase on: the phase, and the plan that follows it,
        # know their day at once.
        pack.window_end = window_rules.extension_until(on, window_days=version.window_days)
        pack.first_use_by = rules.last_day(pack.window_end)
    db.session.flush()
    credits.grant(
        member_id=pack.member_id,
        source_type="pack",
        source_id=pack.id,
        membership_id=None,
        location_id=pack.sold_at,
        product=product.code,
        currency=pack.currency,
        quantity=version.sessions,
        value_cents=pack.price_cents,
        valid_from=on,
        valid_until=windows.end_of(pack),
        state="firm",
        scope_id=None if version.roams else pack.sold_at,
        now=now,
    )
    windows.restate_of(pack)
    return "granted"


def abandon(member_pack_id: UUID) -> None:
    """Its checkout ran out unpaid: the draft is closed. One that was paid stays."""
    pack = locked(member_pack_id)
    pack.state = pack_status.require(pack.state, "checkout_expired")
    db.session.flush()
    if pack.state == "cancelled":
        starters.free_leave(pack.id)


def used(pack: MemberPack, grant: CreditGrant, *, on: date) -> None:
    """A session was taken from a locked pack; the first one opens its window."""
    pack.state = pack_status.require(pack.state, "redeem" if grant.remaining else "redeem_last")
    if pack.opened_on is None:
        pack.opened_on = on
        if pack.extends_id is None:
            version, _product = version_of(pack)
            window = rules.window(on, window_days=version.window_days)
            pack.window_end = window.end if window else None
            grant.valid_until = pack.window_end
        windows.restate_of(pack)
    db.session.flush()


def given_back(pack: MemberPack, grant: CreditGrant) -> None:
    """A session was given back to a locked pack; without any left, its window closes again."""
    only = grant.remaining == grant.quantity
    pack.state = pack_status.require(pack.state, "undo_only_redeem" if only else "undo_redeem")
    if only:
        pack.opened_on = None
        if pack.extends_id is None:
            pack.window_end = None
        grant.valid_until = windows.end_of(pack)
        windows.restate_of(pack)
    db.session.flush()


def _listed(pack_version_id: UUID, location_id: UUID, on: date) -> PackTerms:
    """The terms as they are on the price list today: a page left open sells no old price."""
    for terms in catalog.offers(location_id, on).packs:
        if terms.pack_version_id == pack_version_id:
            return terms
    catalog.pack_version(pack_version_id)
    raise Refused("no_longer_sold", "This pack is no longer sold here under these terms.")


def _buyer(member_id: UUID, *, may_again: bool) -> Buyer:
    """What decides whether a pack is for this member."""
    own = db.session.scalars(_newest_starter(member_id)).first()
    plan = db.session.scalar(
        sa.select(Membership)
        .where(Membership.member_id == member_id)
        .order_by(Membership.id.desc())
        .limit(1)
    )
    return Buyer(
        had_starter=starters.had_one(member_id),
        starter=Starter(own.state, own.phase_end) if own else None,
        plan_status=plan.status if plan else None,
        plan_ended_on=plan.ended_on if plan else None,
        may_again=may_again,
    )


def _running_starter(member_id: UUID) -> UUID:
    """The starter that an extension belongs to: the newest one, as the rule has just asked."""
    return db.session.scalars(_newest_starter(member_id)).one().id


def _newest_starter(member_id: UUID) -> sa.Select[MemberPack]:
    """The member's newest bought starter."""
    return (
        sa.select(MemberPack)
        .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
        .join(Pack, Pack.id == PackVersion.pack_id)
        .where(Pack.kind == "starter", MemberPack.member_id == member_id)
        .where(MemberPack.purchased_on.is_not(None))
        .order_by(MemberPack.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
