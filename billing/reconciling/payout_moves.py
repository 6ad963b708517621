"""The movements behind a number of a payout, each with the postings of what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from billing.models import BalanceTransaction, Dispute, Payment, Payout, Refund
from billing.reconciling.payout_report import FIGURES, NOWHERE, figure_of
from billing.rules import reconcile as rule
from config.db import core, db
from config.errors import NotFound, invalid_field
from locations.listing_pages import Query
from locations.tables import Column, Row, Table

_CLEARING = ("stripe_clearing",)
COLUMNS = (
    Column("on", "Day", "day"),
    Column("location", "Location", "text"),
    Column("what", "What", "text"),
    Column("stripe_id", "At Stripe", "text"),
    Column("amount_cents", "Amount"),
    Column("fee_cents", "Fee"),
    Column("net_cents", "Net", accounts=_CLEARING),
)
# What a payout is made of, by figure; fees and what is left are made of all of it.
_KINDS: Mapping[str, frozenset[str]] = {
    "charges": rule.CHARGES,
    "refunds": rule.REFUNDS,
    "disputes": rule.DISPUTES,
    "returned": rule.PAYOUT_KINDS,
}
_MOVE = BalanceTransaction


def table(asked: Query) -> Table:
    """The movements of `payout` at the locations asked for, or `nowhere` yet, that `figure` is
    made of; the newest first, with the sums of all of them.

    NotFound for a payout that there is not, Invalid for a figure that there is not.
    """
    payout = db.session.scalar(sa.select(Payout).where(Payout.stripe_id == asked.given["payout"]))
    if payout is None:
        raise NotFound("payout")
    names = {place.id: place.name for place in asked.chosen}
    where = [_MOVE.payout_id == payout.id, _MOVE.kind != "payout", _at(asked, names)]
    where += _of_figure(asked.given["figure"])
    query = sa.select(_MOVE).where(*where).order_by(_MOVE.created_at.desc(), _MOVE.id.desc())
    found = db.session.scalars(query.offset(asked.skip).limit(asked.most)).all()
    sources = _sources({move.source_id for move in found})
    rows = [
        Row(
            {
                "on": move.created_at.date(),
                "location": names.get(move.location_id, NOWHERE) if move.location_id else NOWHERE,
                "what": move.kind.replace("_", " "),
                "stripe_id": move.source_id,
                **_cents(move.kind, amount_cents=move.amount_cents, net_cents=move.net_cents),
            },
            sources=(*sources.get(move.source_id, ()), move.id, *_of_payout(move, payout)),
        )
        for move in found
    ]
    return Table(COLUMNS, rows, payout.currency, _totals(where))


def _at(asked: Query, names: Mapping[UUID, str]) -> sa.ColumnElement[bool]:
    if "nowhere" in asked.given:
        return _MOVE.location_id.is_(None)
    return _MOVE.location_id.in_(list(names))


def _of_figure(figure: str) -> list[sa.ColumnElement[bool]]:
    if figure not in FIGURES:
        raise invalid_field("/figure", "There is no such figure.")
    return [_MOVE.kind.in_(_KINDS[figure])] if figure in _KINDS else []


def _cents(kind: str, *, amount_cents: int, net_cents: int) -> dict[str, int]:
    """A movement as the payout's figures count it: all that a cost of Stripe's own moved is fee."""
    counted = amount_cents if figure_of(kind) else 0
    return {"amount_cents": counted, "fee_cents": net_cents - counted, "net_cents": net_cents}


def _totals(where: Sequence[sa.ColumnElement[bool]]) -> dict[str, int]:
    query = sa.select(
        _MOVE.kind, sa.func.sum(_MOVE.amount_cents), sa.func.sum(_MOVE.net_cents)
    ).group_by(_MOVE.kind)
    totals: dict[str, int] = dict.fromkeys(("amount_cents", "fee_cents", "net_cents"), 0)
    for kind, amount, net in map(tuple, core(query.where(*where))):
        for name, cents in _cents(kind, amount_cents=int(amount), net_cents=int(net)).items():
            totals[name] += cents
    return totals


def _sources(stripe_ids: Iterable[str]) -> dict[str, list[UUID]]:
    """By what a movement is about at Stripe, the keys of ours that it was posted under."""
    ids = list(stripe_ids)
    found: dict[str, list[UUID]] = {}
    for theirs, ours in (
        (Payment.charge_id, Payment.id),
        (Refund.stripe_id, Refund.id),
        (Dispute.stripe_id, Dispute.id),
    ):
        for stripe_id, key in map(tuple, core(sa.select(theirs, ours).where(theirs.in_(ids)))):
            found.setdefault(stripe_id, []).append(key)
    return found


def _of_payout(move: BalanceTransaction, payout: Payout) -> tuple[UUID, ...]:
    """A payout that came back is about itself."""
    return (payout.id,) if move.kind in rule.PAYOUT_KINDS else ()
