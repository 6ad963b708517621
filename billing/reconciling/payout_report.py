"""Payouts as a manager sees them: what each is made of, per location, to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

import sqlalchemy as sa

from billing.models import BalanceTransaction, Payout
from billing.rules import reconcile as rule
from config.calendar import local_instant
from config.db import db
from locations.models import Location
from locations.rules.months import month_after
from locations.tables import Column, Row, Table, summed

NOWHERE = "No studio yet"
STATES = {
    "pending": "Being made",
    "in_transit": "On its way",
    "paid": "Sent",
    "failed": "Sent back by the bank",
    "canceled": "Canceled",
}
MOVES = "managing.payout_moves"
HEADINGS = {
    "charges": "Charges",
    "refunds": "Refunds",
    "disputes": "Disputes",
    "returned": "Returned",
    "fees": "Fees",
    "net": "Paid out",
}
FIGURES = tuple(HEADINGS)
_COLUMNS = (
    Column("payout", "Payout", "text"),
    Column("made_on", "Made", "day"),
    Column("arrives_on", "At the bank", "day"),
    Column("state", "State", "text"),
    Column("location", "Location", "text"),
    *(
        Column(f"{figure}_cents", heading, behind=MOVES, asks={"figure": figure})
        for figure, heading in HEADINGS.items()
    ),
)


@dataclass(frozen=True, slots=True)
class Part:
    """What a payout brings one location, minor units; fees and what went back are negative.

    `asks` is what the page of its movements is asked for.
    """

    stripe_id: str
    made_on: date
    arrives_on: date
    state: str
    currency: str
    place_name: str
    cents: Mapping[str, int]
    asks: Mapping[str, str]


def parts(mine: Sequence[Location], *, first: date, last: date, placeless: str) -> list[Part]:
    """The payouts made in these months, part by part, as far as they concern these locations.

    A payout's day is Stripe's, in UTC. The newest come first.

    `placeless` is "with" where movements that belong to no location are shown too.
    """
    named: dict[UUID | None, tuple[str, dict[str, str]]] = {
        place.id: (place.name, {"location": place.slug}) for place in mine
    }
    if placeless == "with":
        named[None] = (NOWHERE, {"nowhere": "yes"})
    newest = db.session.scalars(
        sa.select(Payout)
        .where(
            Payout.created_at >= local_instant(first, time.min, "UTC"),
            Payout.created_at < local_instant(month_after(last), time.min, "UTC"),
        )
        .order_by(Payout.created_at.desc(), Payout.id.desc())
    ).all()
    found = _sums([payout.id for payout in newest])
    return [
        Part(
            payout.stripe_id,
            payout.created_at.date(),
            payout.arrives_on,
            STATES.get(payout.state, payout.state),
            payout.currency,
            name,
            found[payout.id, place_id],
            {"payout": payout.stripe_id, **asks},
        )
        for payout in newest
        for place_id, (name, asks) in named.items()
        if (payout.id, place_id) in found
    ]


def as_table(found: Sequence[Part]) -> Table:
    """The same as rows, for a file or a program."""
    rows = [
        Row(
            {
                "payout": part.stripe_id,
                "made_on": part.made_on,
                "arrives_on": part.arrives_on,
                "state": part.state,
                "location": part.place_name,
                **{f"{name}_cents": part.cents[name] for name in FIGURES},
            },
            asks=part.asks,
        )
        for part in found
    ]
    totals = summed(rows, [f"{name}_cents" for name in FIGURES])
    return Table(_COLUMNS, rows, found[0].currency if found else "USD", totals)


def _sums(payout_ids: Sequence[UUID]) -> dict[tuple[UUID | None, UUID | None], dict[str, int]]:
    move = BalanceTransaction
    query = (
        sa.select(
            move.payout_id,
            move.location_id,
            move.kind,
            sa.cast(sa.func.sum(move.amount_cents), sa.BigInteger).label("amount"),
            sa.cast(sa.func.sum(move.net_cents), sa.BigInteger).label("net"),
        )
        .where(move.payout_id.in_(payout_ids), move.kind != "payout")
        .group_by(move.payout_id, move.location_id, move.kind)
    )
    found: dict[tuple[UUID | None, UUID | None], dict[str, int]] = {}
    for payout_id, location_id, kind, amount, net in db.session.execute(query):
        cents = found.setdefault((payout_id, location_id), dict.fromkeys(FIGURES, 0))
        figure = figure_of(kind)
        if figure is not None:
            cents[figure] += amount
        cents["fees"] += net - amount if figure is not None else net
        cents["net"] += net
    return found


def figure_of(kind: str) -> str | None:
    """Which figure a movement's amount counts in; none where all of it is a fee."""
    for name, kinds in (
        ("charges", rule.CHARGES),
        ("refunds", rule.REFUNDS),
        ("disputes", rule.DISPUTES),
        ("returned", rule.PAYOUT_KINDS),
    ):
        if kind in kinds:
            return name
    return None
