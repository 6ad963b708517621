"""The trial balance: what every account held, moved and holds; debits equal credits."""

from __future__ import annotations

import sqlalchemy as sa

from config.db import core
from locations.asked_places import together
from locations.models import LedgerMonth
from locations.months_asked import Asked
from locations.rules.entries import ACCOUNTS
from locations.tables import Column, Row, Table, summed

COLUMNS = (
    Column("account", "Account", "text"),
    Column("side", "Kind", "text"),
    Column("opening_cents", "Opening", span="before"),
    Column("debit_cents", "Debits"),
    Column("credit_cents", "Credits"),
    Column("closing_cents", "Closing", span="until"),
)


def table(asked: Asked) -> Table:
    """All accounts of these locations together; a debit balance is positive."""
    places = together(asked.chosen)
    only = asked.chosen[0].slug if len(asked.chosen) == 1 else ""
    given = {"places": places.ids, "first": asked.first, "last": asked.last}
    sums = {row.account: row for row in core(_SUMS, given)}
    rows = []
    for account, side in ACCOUNTS.items():
        if account not in sums:
            continue
        found = sums[account]
        moved = found.debit - found.credit
        values = {
            "account": account,
            "side": side.replace("_", " "),
            "opening_cents": found.net - moved,
            "debit_cents": found.debit,
            "credit_cents": found.credit,
            "closing_cents": found.net,
        }
        rows.append(Row(values, asked.first, asked.last, only, account=account))
    money = [column.name for column in COLUMNS if column.kind == "money"]
    return Table(COLUMNS, rows, places.currency, summed(rows, money))


_M = LedgerMonth
_DURING = _M.month >= sa.bindparam("first", type_=sa.Date())


def _sum(cents: sa.ColumnElement[int], name: str) -> sa.Label[int]:
    return sa.cast(sa.func.sum(cents), sa.BigInteger).label(name)


_SUMS = (
    sa.select(
        _M.account,
        _sum(_M.debit_cents - _M.credit_cents, "net"),
        _sum(sa.case((_DURING, _M.debit_cents), else_=0), "debit"),
        _sum(sa.case((_DURING, _M.credit_cents), else_=0), "credit"),
    )
    .where(
        _M.location_id.in_(sa.bindparam("places", expanding=True)),
        _M.month <= sa.bindparam("last", type_=sa.Date()),
    )
    .group_by(_M.account)
)
