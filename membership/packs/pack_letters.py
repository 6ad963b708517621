"""What a member is told about a pack that ended, within the act's own commit."""

from __future__ import annotations

from datetime import date, datetime

from config import outbox
from config.db import db
from config.formats import day
from locations import places
from membership.models import Member, MemberPack
from membership.packs import pack_rows


def given_back(pack: MemberPack, *, refund: str, refund_by: date, now: datetime) -> None:
    """Confirms what goes back of a pack, and by when."""
    member = db.session.get_one(Member, pack.member_id)
    _version, product = pack_rows.version_of(pack)
    outbox.put(
        dedupe_key=f"pack_given_back:{pack.id}",
        to=member.email,
        template="pack_given_back",
        context={
            "name": member.name,
            "pack_name": product.name,
            "place_name": places.get(pack.sold_at).name,
            "refund": refund,
            "refund_by": day(refund_by),
        },
        now=now,
    )
