"""What is owed to members now: sessions by product beside what the books hold for them."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from config.db import core
from config.few import few_keys
from locations.asked_places import together
from locations.models import LedgerDetail, LedgerMonth
from locations.months_asked import Asked
from locations.tables import Column, Row, Table, summed
from membership.models import CreditGrant, Membership, MembershipPeriod, Plan, PlanVersion

_BY_PRODUCT = ("deferred_sessions", "deferred_time", "expired_refundable")
_WORDS = {
    "deferred_sessions": "sessions",
    "deferred_time": "time",
    "expired_refundable": "expired, refundable",
    "gift_cards": "gift cards",
    "account_credit": "account credit",
    "refunds_due": "refunds promised",
}
CREDITS = "prices.open_credits"
COLUMNS = (
    Column("location", "Location", "text"),
    Column("owed_in", "Owed in", "text"),
    Column("product", "Product", "text"),
    Column("sessions", "Sessions", "count", behind=CREDITS),
    Column("unspent_cents", "Worth of sessions", behind=CREDITS),
    Column("to_begin_cents", "Billed, to begin", behind=""),
    Column("booked_cents", "In the books", span="until"),
)


def table(asked: Asked) -> Table:
    """A row for every location, account and product with something owed now.

    `unspent_cents` is what the credits themselves say; with `to_begin_cents`, first periods that
    are billed and bring their sessions with their payment, it equals the books for sessions.
    """
    places = together(asked.chosen)
    counts, worth = _unspent(places.ids)
    to_begin = _to_begin(places.ids)
    booked = _booked(places.ids)
    order = {name: n for n, name in enumerate((*places.ids, *_WORDS))}
    keys = sorted(
        {*booked, *((at, "deferred_sessions", name) for at, name in counts)},
        key=lambda key: (order[key[0]], order[key[1]], key[2]),
    )
    rows = []
    for key in keys:
        location_id, account, product = key
        of_sessions = account == "deferred_sessions"
        values = {
            "location": places.by_id[location_id].name,
            "owed_in": _WORDS[account],
            "product": product,
            "sessions": counts[location_id, product] if of_sessions else 0,
            "unspent_cents": worth[location_id, product] if of_sessions else 0,
            "to_begin_cents": to_begin[location_id, product] if of_sessions else 0,
            "booked_cents": booked[key],
        }
        slug = places.by_id[location_id].slug
        asks = {"product": product}
        rows.append(Row(values, asked.first, asked.last, slug, product, account, asks))
    totals = summed(rows, ("sessions", "unspent_cents", "to_begin_cents", "booked_cents"))
    return Table(COLUMNS, rows, places.currency, totals)


def _unspent(
    location_ids: list[UUID],
) -> tuple[Counter[tuple[UUID, str]], Counter[tuple[UUID, str]]]:
    """Credits that are left and their value, by seller and product."""
    counts, worth = Counter[tuple[UUID, str]](), Counter[tuple[UUID, str]]()
    query = (
        sa.select(
            few_keys(CreditGrant.location_id),
            CreditGrant.product,
            sa.func.sum(CreditGrant.remaining),
            sa.func.sum(CreditGrant.remaining_cents),
        )
        .where(CreditGrant.location_id.in_(location_ids), CreditGrant.remaining > 0)
        .group_by(CreditGrant.location_id, CreditGrant.product)
    )
    for at, product, left, cents in map(tuple, core(query)):
        counts[at, product], worth[at, product] = int(left), int(cents)
    return counts, worth


def _to_begin(location_ids: list[UUID]) -> Counter[tuple[UUID, str]]:
    """First periods of counted plans, billed while their plan waits for its first payment."""
    found = Counter[tuple[UUID, str]]()
    granted = sa.exists().where(CreditGrant.source_id == MembershipPeriod.id)
    query = (
        sa.select(
            few_keys(MembershipPeriod.location_id),
            Plan.code,
            sa.func.sum(MembershipPeriod.price_cents),
        )
        .join(Membership, Membership.id == MembershipPeriod.membership_id)
        .join(PlanVersion, PlanVersion.id == MembershipPeriod.plan_version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(
            Membership.location_id.in_(location_ids),
            Membership.status == "pending",
            PlanVersion.allowance.is_not(None),
            ~granted,
        )
        .group_by(MembershipPeriod.location_id, Plan.code)
    )
    for at, product, cents in map(tuple, core(query)):
        found[at, product] = int(cents)
    return found


def _booked(location_ids: list[UUID]) -> Counter[tuple[UUID, str, str]]:
    """What the books owe, by location, account and product; accounts without one have none."""
    found = Counter[tuple[UUID, str, str]]()
    detailed = _sums(LedgerDetail, LedgerDetail.detail, _BY_PRODUCT, location_ids)
    plain = [name for name in _WORDS if name not in _BY_PRODUCT]
    for query in (detailed, _sums(LedgerMonth, sa.literal(""), plain, location_ids)):
        for at, account, product, cents in map(tuple, core(query)):
            if cents:
                found[at, account, product] = int(cents)
    return found


def _sums(
    model: type[LedgerDetail] | type[LedgerMonth],
    product: sa.ColumnElement[str] | InstrumentedAttribute[str],
    accounts: tuple[str, ...] | list[str],
    location_ids: list[UUID],
) -> sa.Select:
    name = product.label("product")
    net = sa.func.sum(model.credit_cents - model.debit_cents)
    return (
        sa.select(few_keys(model.location_id), model.account, name, net)
        .where(model.location_id.in_(location_ids), model.account.in_(accounts))
        .group_by(model.location_id, model.account, name)
    )
