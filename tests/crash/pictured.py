"""What the world looks like to somebody who compares two: rows, books, mail, what is parked."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from flask import current_app

from billing.models import Parked
from config.base import Base
from config.db import db
from config.models import OutboxMessage
from locations.models import LedgerRollup

Shown = Mapping[type[Base], tuple[str, ...]]


def doctors_findings() -> list[str]:
    """Every broken promise, as a sentence."""
    doctor = current_app.extensions["taper.doctor"]
    return [f"{f.code}: {text}" for f in doctor.examine() for text in f.violations]


def rows_and_books(shown: Shown) -> dict[str, list[str]]:
    """These columns of these tables, the balance of each account, letters, and what is parked."""
    told: dict[str, list[str]] = {}
    for model, names in shown.items():
        rows = db.session.scalars(sa.select(model))
        told[model.__name__] = sorted(
            " ".join(f"{name}={getattr(row, name)}" for name in names) for row in rows
        )
    books = sa.select(
        LedgerRollup.account, sa.func.sum(LedgerRollup.debit_cents - LedgerRollup.credit_cents)
    ).group_by(LedgerRollup.account)
    told["the books"] = sorted(f"{account} {cents}" for account, cents in db.session.execute(books))
    told["mail"] = sorted(db.session.scalars(sa.select(OutboxMessage.template)))
    told["parked"] = sorted(db.session.scalars(sa.select(Parked.code)))
    return told
