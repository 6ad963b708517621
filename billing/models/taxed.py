"""What taxes were charged on, month by month, so that a report reads a handful of rows."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.base import Base


class TaxedMonth(Base):
    """Sums of the lines of invoices and credit notes that a location booked in a month, by rate
    and class of product; kept in the transaction that books them.

    `month` is the first day of the calendar month; `slot` spreads writers that add to one row
    at once, a reader sums over it.
    """

    __tablename__ = "taxed_month"
    __table_args__ = {"sqlite_with_rowid": False}
    location_id: Mapped[UUID] = mapped_column(sa.ForeignKey("location.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    tax_name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    tax_rate_ppm: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_class: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    slot: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    base_cents: Mapped[int]
    tax_cents: Mapped[int]
    credited_base_cents: Mapped[int]
    credited_tax_cents: Mapped[int]
