"""Reads the monthly sums by detail: what an account held of each before some months, and moved."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from config.db import core
from config.few import few_keys
from locations.models import LedgerDetail


class DetailSum(NamedTuple):
    """What a kind of event moved on an account for a detail; credit positive, minor units.

    `month` is none for all that came before the months asked for, whatever its kind.
    """

    location_id: UUID
    account: str
    detail: str
    month: date | None
    kind: str
    credit_cents: int


def sums(
    location_ids: Collection[UUID], accounts: Collection[str], *, first: date, last: date
) -> list[DetailSum]:
    """Sums before `first`'s month, and of each month up to `last`'s; both are first days. One
    statement reads them, and sees one moment.
    """
    given = {
        "places": list(location_ids),
        "accounts": list(accounts),
        "first": first,
        "last": last,
    }
    return [DetailSum._make(row) for row in core(_BEFORE_AND_DURING, given).fetchall()]


_D = LedgerDetail
_CENTS = sa.cast(sa.func.sum(_D.credit_cents - _D.debit_cents), sa.BigInteger)
_OF = (
    _D.location_id.in_(sa.bindparam("places", expanding=True)),
    _D.account.in_(sa.bindparam("accounts", expanding=True)),
)
_FIRST = sa.bindparam("first", type_=sa.Date())
_KEY = (_D.location_id, _D.account, _D.detail)
_NAMED = (few_keys(_D.location_id), _D.account, _D.detail)
_BEFORE = (
    sa.select(*_NAMED, sa.cast(sa.null(), sa.Date), sa.literal(""), _CENTS)
    .where(*_OF, _D.month < _FIRST)
    .group_by(*_KEY)
)
_DURING = (
    sa.select(*_NAMED, _D.month, _D.kind, _CENTS)
    .where(*_OF, _D.month >= _FIRST, _D.month <= sa.bindparam("last", type_=sa.Date()))
    .group_by(*_KEY, _D.kind, _D.month)
)
_BEFORE_AND_DURING = sa.union_all(_BEFORE, _DURING)
