"""The intent that an invoice's money goes through: one is live, and its id is kept once."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.models import PaymentIntent
from config.base import table_of
from config.db import first_row, insert_many
from config.ids import new_id
from config.statements import Statement

_INTENT = table_of(PaymentIntent)


# The live one if there is one, else the last: a live one is looked for first.
_NEWEST = Statement(
    sa.select(
        _INTENT.c.id,
        _INTENT.c.seq,
        _INTENT.c.stripe_id,
        _INTENT.c.stripe_account,
        _INTENT.c.state,
    )
    .where(_INTENT.c.invoice_id == sa.bindparam("invoice_id"))
    .order_by(_INTENT.c.state != "live", _INTENT.c.seq.desc())
    .limit(1)
)
_KEEP = Statement(
    sa.update(_INTENT)
    .where(_INTENT.c.id == sa.bindparam("intent"))
    .values(stripe_id=sa.func.coalesce(_INTENT.c.stripe_id, sa.bindparam("made")))
    .returning(_INTENT.c.stripe_id)
)


class Live(NamedTuple):
    """The intent that an invoice's money goes through, at the account it was made at."""

    id: UUID
    seq: int
    stripe_id: str | None
    stripe_account: str


def of_invoice(
    invoice_id: UUID, *, due_cents: int, currency: str, stripe_account: str, now: datetime
) -> Live:
    """The live intent of an invoice; where none is live, a new row for what is due now."""
    seq, found = 1, first_row(_NEWEST, invoice_id=invoice_id)
    if found is not None:
        newest = Live(*found[:4])
        if found[4] == "live":
            return newest
        seq = newest.seq + 1
    made = {
        "id": new_id(),
        "invoice_id": invoice_id,
        "seq": seq,
        "state": "live",
        "stripe_account": stripe_account,
        "amount_cents": due_cents,
        "currency": currency,
        "created_at": now,
    }
    insert_many(PaymentIntent, [made])
    return Live(made["id"], seq, None, stripe_account)


def keep_id(intent_id: UUID, stripe_id: str) -> str:
    """S1: keep an intent's id if none is kept yet; returns the one that won."""
    kept = first_row(_KEEP, intent=intent_id, made=stripe_id)
    assert kept is not None  # an intent's row is never deleted
    return kept[0]
