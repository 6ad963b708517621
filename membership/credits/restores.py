"""Credits that expired and are given back: by an opposite entry, in the books as in the credits."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.db import db
from config.errors import Refused
from config.ids import new_id
from locations import ledger
from locations.models import Posting
from locations.rules import deliveries
from membership.credits import credit_rows
from membership.models import Charge, CreditEntry, CreditGrant
from membership.rules import pack_status

REFUND_SENT = "What had expired was promised back in money: it cannot become sessions again."


def standing_expiry(grant: CreditGrant) -> CreditEntry:
    """The newest expiry of a grant that was not reversed: what may be given back.

    Raises Refused("refund_sent") once it was promised back in money, and
    Refused("nothing_left") where nothing expired.
    """
    back = aliased(CreditEntry)
    query = (
        sa.select(CreditEntry)
        .join(back, back.reverses_id == CreditEntry.id, isouter=True)
        .where(CreditEntry.grant_id == grant.id, CreditEntry.kind == "expire", back.id.is_(None))
        .order_by(CreditEntry.at.desc(), CreditEntry.id.desc())
        .limit(1)
    )
    expired = db.session.scalar(query)
    if expired is None:
        raise Refused("nothing_left", pack_status.REFUSALS["nothing_left"])
    if _money_promised(grant, expired):
        raise Refused("refund_sent", REFUND_SENT)
    return expired


def restore_expired(grant: CreditGrant, *, on: date, now: datetime, reason: str) -> CreditEntry:
    """Reverse the expiry of a locked pack's grant, whole and once; its validity is the caller's.

    Refused as `standing_expiry` is.
    """
    expired = standing_expiry(grant)
    quantity, cents = -expired.quantity, -expired.value_cents
    if not credit_rows.move(grant, quantity=quantity, value_cents=cents):
        raise RuntimeError("credits moved while they were held to be given back")
    back = CreditEntry(
        id=new_id(),
        grant_id=grant.id,
        kind="restore",
        quantity=quantity,
        value_cents=cents,
        occurred_on=on,
        at=now,
        reverses_id=expired.id,
        reason=reason,
    )
    db.session.add(back)
    db.session.flush()
    _book(grant, expired, back, on=on, now=now, reason=reason)
    db.session.refresh(grant)
    return back


def _money_promised(grant: CreditGrant, expired: CreditEntry) -> bool:
    """Whether somebody was told that this value goes back in money, or it has gone already."""
    sources = (grant.source_id, grant.id, expired.id)
    query = sa.select(Charge.id).where(
        Charge.source_id.in_(sources), Charge.kind == "refund_owed", Charge.state != "dropped"
    )
    return db.session.scalar(query.limit(1)) is not None


def _book(
    grant: CreditGrant,
    expired: CreditEntry,
    back: CreditEntry,
    *,
    on: date,
    now: datetime,
    reason: str,
) -> None:
    """Take the value back from wherever the expiry put it; worth nothing, it moved no books."""
    booked = ledger.entry_for(expired.id, "expiry")
    if booked is None:
        return
    account = db.session.scalars(
        sa.select(Posting.account).where(
            Posting.entry_id == booked.id, Posting.account != "deferred_sessions"
        )
    ).one()
    event = deliveries.expiry_undone(
        entry_id=back.id,
        corrects_id=booked.id,
        on=on,
        currency=grant.currency,
        location_id=grant.location_id,
        value_cents=back.value_cents,
        back_from=account,
        product=grant.product,
        reason=reason,
    )
    ledger.post([event], now=now)
