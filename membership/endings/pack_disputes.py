"""What a disputed payment does to a pack: its sessions rest, go on, or are taken back."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from config.db import db
from membership.agreements import consents
from membership.endings import disputes, given_back
from membership.endings.disputes import Revoked
from membership.models import CreditGrant
from membership.packs.pack_rows import locked as locked_pack
from membership.rules import pack_status


def opened(member_pack_id: UUID, *, on: date, now: datetime) -> None:
    """A pack's payment is disputed: its sessions rest, and no plan follows it without a word."""
    pack = locked_pack(member_pack_id)
    pack_status.require(pack.state, "dispute_opened")
    pack.disputed_on = pack.disputed_on or on
    db.session.flush()
    consent = consents.for_pack(pack.id)
    if consent is not None and consent.state == "given":
        consents.lapse(consent.id, now=now)


def won(member_pack_id: UUID) -> None:
    """No dispute about this pack is left: its sessions can be used again, while they last."""
    pack = locked_pack(member_pack_id)
    pack_status.require(pack.state, "dispute_won")
    pack.disputed_on = None
    db.session.flush()


def revoke(member_pack_id: UUID, *, worth_cents: int, on: date, now: datetime) -> list[Revoked]:
    """A dispute about this pack is lost: take back unspent sessions worth what the bank took.

    Where that is all of them the pack is cancelled; the rest was paid otherwise, and stays.
    """
    pack = locked_pack(member_pack_id)
    state = pack_status.require(pack.state, "dispute_lost")
    found = disputes.revoke_unspent(given_back.of_pack(pack.id), worth_cents, on=on, now=now)
    left = db.session.scalar(
        sa.select(sa.func.sum(CreditGrant.remaining)).where(
            CreditGrant.source_id == pack.id, CreditGrant.source_type == "pack"
        )
    )
    if left:
        pack.disputed_on = None
    else:
        pack.state = state
        pack.disputed_on = pack.disputed_on or on
    db.session.flush()
    return found
