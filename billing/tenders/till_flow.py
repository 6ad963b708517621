"""What came and went in a drawer: its cash and its terminal, its sessions and their moves."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from billing.models import GiftCardEntry, Payment, Refund, TillMove, TillSession
from billing.rules import till as rule
from billing.rules.till import Flow
from config.db import db


def require_cash(session: TillSession, amount_cents: int) -> None:
    """Refused("not_in_drawer") for more cash than should be in it."""
    if amount_cents > flow(session).drawer_cents:
        raise rule.refuse("not_in_drawer")


def flow(session: TillSession) -> Flow:
    """What came and went in a session so far."""
    paid = dict(_sums(Payment.tender, Payment.amount_cents, Payment.source_id == session.id))
    back = dict(
        _sums(
            Refund.tender,
            Refund.amount_cents,
            sa.and_(Refund.source_id == session.id, Refund.state == "succeeded"),
        )
    )
    moved = dict(
        _sums(TillMove.kind, TillMove.amount_cents, TillMove.till_session_id == session.id)
    )
    return Flow(
        opening_cents=session.opening_cents,
        cash_cents=paid.get("cash", 0),
        terminal_cents=paid.get("terminal", 0),
        paid_in_cents=moved.get("paid_in", 0),
        paid_out_cents=moved.get("paid_out", 0),
        deposit_cents=moved.get("deposit", 0),
        refunded_cents=back.get("cash", 0),
        cashed_cents=_cashed(session),
        terminal_back_cents=back.get("terminal", 0),
    )


def sessions_of(location_id: UUID, *, limit: int = 60) -> Sequence[TillSession]:
    """A studio's sessions, the newest first."""
    query = sa.select(TillSession).where(TillSession.location_id == location_id)
    return db.session.scalars(query.order_by(TillSession.id.desc()).limit(limit)).all()


def _cashed(session: TillSession) -> int:
    """Gift cards that were paid out of this drawer."""
    query = sa.select(sa.func.coalesce(sa.func.sum(-GiftCardEntry.amount_cents), 0)).where(
        GiftCardEntry.till_session_id == session.id
    )
    return int(db.session.scalar(query) or 0)


def _sums(
    key: sa.ColumnElement[str] | object, cents: object, where: sa.ColumnElement[bool]
) -> list[tuple[str, int]]:
    query = sa.select(key, sa.cast(sa.func.sum(cents), sa.BigInteger)).where(where)  # type: ignore[call-overload]
    return [(row[0], int(row[1])) for row in db.session.execute(query.group_by(key))]  # type: ignore[arg-type]
