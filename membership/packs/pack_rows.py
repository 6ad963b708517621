"""Sold packs as rows: held still until the commit, with their terms and their credits."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from config.db import db
from config.errors import NotFound
from membership.catalogue import catalog
from membership.models import CreditGrant, MemberPack, Pack, PackVersion


def locked(member_pack_id: UUID) -> MemberPack:
    """The pack, read anew and held until the transaction ends. Raises NotFound."""
    query = sa.select(MemberPack).where(MemberPack.id == member_pack_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("pack")
    return found


def get(member_pack_id: UUID) -> MemberPack:
    """The pack. Raises NotFound."""
    found = db.session.get(MemberPack, member_pack_id)
    if found is None:
        raise NotFound("pack")
    return found


def version_of(pack: MemberPack) -> tuple[PackVersion, Pack]:
    """The terms it was sold under, and the product."""
    version = catalog.pack_version(pack.pack_version_id)
    return version, db.session.get_one(Pack, version.pack_id)


def grant_of(pack: MemberPack) -> CreditGrant:
    """The credits of a paid pack, read anew. Raises NotFound where nothing was paid."""
    found = db.session.scalar(_grant(pack).execution_options(populate_existing=True))
    if found is None:
        raise NotFound("pack")
    return found


def locked_grant(pack: MemberPack) -> CreditGrant:
    """The same, held until the transaction ends. Raises NotFound where nothing was paid."""
    query = _grant(pack).with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("pack")
    return found


def _grant(pack: MemberPack) -> sa.Select[CreditGrant]:
    return sa.select(CreditGrant).where(
        CreditGrant.source_id == pack.id, CreditGrant.source_type == "pack"
    )
