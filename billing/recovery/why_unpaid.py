"""Why a member's payment is open, in a sentence for the desk: what went wrong and what comes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from billing.models import Dunning, Invoice
from billing.payments import tries
from billing.rules.decline_words import words
from config.db import db
from config.formats import day_named

ASKED, NEW_CARD = "The member has a link for it.", "Please ask for another card."


def of_members(member_ids: Collection[UUID]) -> dict[UUID, str]:
    """A sentence for each of these members whose payment failed and is still open.

    Of several open invoices the oldest speaks. One query more where a try may be planned.
    """
    if not member_ids:
        return {}
    rows = db.session.execute(
        sa.select(
            Invoice.member_id,
            Invoice.id,
            Dunning.last_code,
            Dunning.decline_class,
        )
        .join(Dunning, Dunning.invoice_id == Invoice.id)
        .where(
            Invoice.member_id.in_(list(member_ids)),
            Invoice.state == "open",
            Dunning.state.in_(("open", "given_up")),
        )
        .order_by(Invoice.issued_on, Invoice.id)
    ).all()
    if not rows:
        return {}
    planned = tries.next_on([row.id for row in rows])
    found: dict[UUID, str] = {}
    for row in rows:
        why = f"Payment failed: {words(row.last_code, row.decline_class).to_team}."
        if row.id in planned:
            what = f"Next try {day_named(planned[row.id])}."
        else:
            what = ASKED if row.decline_class == "authentication" else NEW_CARD
        found.setdefault(row.member_id, f"{why} {what}")
    return found
