"""Stored one-offs: what is or will be owed beside a period, by the member or to them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base
from config.models import one_of

CHARGE_KINDS = ("overage", "hold_fee", "refund_owed")
CHARGE_STATES = ("due", "invoiced", "owed", "settled", "dropped")


class Charge(Base):
    """A one-off of a member; negative is owed to them. Unique per kind and source.

    A positive one is "due" from `due_on` on until it is "invoiced". A negative one is "owed",
    its tax included in `tax_cents`, until the money has gone back ("settled"), by `due_on`
    where the law sets a date.
    """

    __tablename__ = "charge"
    __table_args__ = (
        one_of("kind", CHARGE_KINDS),
        one_of("state", CHARGE_STATES),
        sa.UniqueConstraint("source_id", "kind"),
        sa.Index(
            "ix_charge_due",
            "location_id",
            "due_on",
            sqlite_where=sa.text("state IN ('due', 'owed')"),
            postgresql_where=sa.text("state IN ('due', 'owed')"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    membership_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("membership.id"))
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"))
    kind: Mapped[str] = mapped_column(sa.String(14))
    state: Mapped[str] = mapped_column(sa.String(8))
    source_id: Mapped[UUID]
    product: Mapped[str] = mapped_column(sa.String(40))
    description: Mapped[str] = mapped_column(sa.String(200))
    net_cents: Mapped[int]
    tax_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    due_on: Mapped[date | None]
    consent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("consent.id"))
    by_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime]
