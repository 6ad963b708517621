"""Waiver and contract: signed as the exact text that was shown, with a copy by mail."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from config import outbox
from config.db import db
from config.errors import Refused, invalid_field
from config.ids import new_id
from locations import places
from locations.models import LegalEntity
from membership.models import Member, SignedDocument
from membership.people import members
from membership.rules.documents import KINDS, Document, Kind
from membership.rules.documents import current as current_text


def current(kind: Kind, *, location_id: UUID) -> Document:
    """The text to sign at a location today."""
    location = places.get(location_id)
    entity = db.session.get_one(LegalEntity, location.legal_entity_id)
    return current_text(kind, place=location.name, address=location.address, entity=entity.name)


def sign(
    *,
    member_id: UUID,
    kind: Kind,
    version: str,
    text_sha256: str,
    signed_name: str,
    location_id: UUID,
    now: datetime,
    address: str,
    agent: str,
) -> SignedDocument:
    """Keep the signed text for good and mail the member a copy.

    `version` and `text_sha256` are what the page showed; Refused("terms_changed") where the
    text is another by now. `address` and `agent` are the browser's.
    """
    name = signed_name.strip()
    if not name:
        raise invalid_field("/signed_name", "Please sign with your name.", code="required")
    text = current(kind, location_id=location_id)
    if (version, text_sha256) != (text.version, text.sha256):
        raise Refused("terms_changed", "This text has changed: please read it once more.")
    signed = SignedDocument(
        id=new_id(),
        member_id=member_id,
        kind=kind,
        version=version,
        text=text.text,
        text_sha256=text_sha256,
        location_id=location_id,
        signed_name=name[:160],
        signed_at=now,
        address=address[:45],
        agent=agent[:200],
    )
    db.session.add(signed)
    db.session.flush()
    _mail_copy(signed, text, now=now)
    return signed


def missing(member_id: UUID) -> list[Kind]:
    """Which documents the member has not signed yet, in the order they are signed."""
    query = sa.select(SignedDocument.kind).where(
        SignedDocument.member_id.in_(members.records_of(member_id))
    )
    have = set(db.session.scalars(query))
    return [kind for kind in KINDS if kind not in have]


def of_member(member_id: UUID) -> list[SignedDocument]:
    """Everything a member signed, newest first."""
    query = sa.select(SignedDocument).where(
        SignedDocument.member_id.in_(members.records_of(member_id))
    )
    return list(db.session.scalars(query.order_by(SignedDocument.id.desc())))


def _mail_copy(signed: SignedDocument, text: Document, *, now: datetime) -> None:
    member = db.session.get_one(Member, signed.member_id)
    outbox.put(
        dedupe_key=f"signed:{signed.id}",
        to=member.email,
        template="signed_copy",
        context={
            "name": member.name,
            "title": text.title,
            "version": signed.version,
            "signed_name": signed.signed_name,
            "signed_at": signed.signed_at.isoformat(timespec="minutes"),
            "text": signed.text,
        },
        now=now,
    )
